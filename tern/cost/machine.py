"""The machine that code is made for: how much it computes at once, and what it keeps nearby.

Every width in generated code comes from here. A kernel that says 8 is wrong on the next machine.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tern.types import FloatType, IntegerType, ScalarType, f32


@dataclass(frozen=True)
class Machine:
    """A processor, as far as loops are concerned.

    Attributes:
        name: of the instructions it has for vectors.
        vector_bits: the width of a vector register.
        registers: how many of them there are.
        caches: the bytes of L1 and L2, of one core.
        fma: whether a product and a sum are one instruction, rounded once.
        line: the bytes of a cache line.
    """

    name: str
    vector_bits: int
    registers: int
    caches: tuple[int, int] = (32 << 10, 512 << 10)
    fma: bool = True
    line: int = 64

    def lanes(self, type: ScalarType = f32) -> int:
        """How many numbers of a type are in a register: at least 1."""
        width = type.width if isinstance(type, (FloatType, IntegerType)) else 64
        return max(1, self.vector_bits // width)


SSE2 = Machine("SSE2", 128, 16, fma=False)
AVX2 = Machine("AVX2", 256, 16)
AVX512 = Machine("AVX-512", 512, 32, (32 << 10, 1 << 20))
NEON = Machine("NEON", 128, 32, (64 << 10, 1 << 20))


def machine_with(features: dict[str, bool], architecture: str) -> Machine:
    """The machine that has these features, by LLVM's names: `avx2`, `fma`, `avx512f`.

    SVE's and RISC-V's vectors have no width that a compiler knows: of these NEON's counts, or one
    number at a time.
    """
    if architecture in ("arm64", "aarch64"):
        return NEON
    if architecture.lower() not in ("x86_64", "amd64", "x86-64"):
        return Machine("scalar", 8, 16, fma=False)
    if features.get("avx512f"):
        return AVX512
    return AVX2 if features.get("avx2") and features.get("fma") else SSE2


def register_block(machine: Machine, type: ScalarType = f32) -> tuple[int, int]:
    """Rows and columns of the block of a product that the registers hold.

    A row is two registers wide. Two more hold the row of the right matrix, one what is broadcast
    from the left one, and one is left over. Each step then loads rows + 2 vectors for 2 x rows
    multiply-adds.

        >>> register_block(AVX2), register_block(AVX512)
        ((6, 16), (14, 32))
    """
    return (machine.registers - 4) // 2, 2 * machine.lanes(type)


def cache_block(machine: Machine, type: ScalarType = f32) -> tuple[int, int]:
    """How many columns of the left matrix, and how many of its rows, to keep in L2.

    A block of the left matrix takes half of it (K. Goto and R. van de Geijn, "Anatomy of
    High-Performance Matrix Multiplication", TOMS 34(3), 2008). A panel of either matrix, as narrow
    as the register block, streams through: both together take a sixteenth. The deeper they are, the
    rarer a block of the result is loaded and stored.
    """
    rows, columns = register_block(machine, type)
    size = max(1, getattr(type, "width", 64) // 8)
    depth = max(16, machine.caches[1] // 16 // ((rows + columns) * size) // 16 * 16)
    return depth, max(1, machine.caches[1] // 2 // (depth * size * rows)) * rows


FILES = ("level", "type", "size")


def caches_of_this_one(default: tuple[int, int]) -> tuple[int, int]:
    """The bytes of L1 and L2 as Linux tells them; `default` where nobody does."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            level, kind, size = (
                (folder / f).read_text().strip() for f in ("level", "type", "size")
            )
        except OSError:
            continue
        if kind in ("Data", "Unified"):
            found[int(level)] = int(size.rstrip("KM")) << (20 if size.endswith("M") else 10)
    return found.get(1, default[0]), found.get(2, default[1])


@cache
def this_machine() -> Machine:
    """The processor that this process runs on, by LLVM's list of its features.

    Without the package llvmlite, or where LLVM knows no list, what every one of its kind has.
    """
    try:
        import llvmlite.binding

        features = dict(llvmlite.binding.get_host_cpu_features())
    except (ImportError, RuntimeError):
        features = {}
    found = machine_with(features, platform.machine())
    return replace(found, caches=caches_of_this_one(found.caches))
