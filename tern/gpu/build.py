"""What Triton's compiler makes of a kernel for one GPU, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from tern.errors import TernError


class BuildError(TernError):
    """A kernel does not compile, and why: one line, which begins with the kernel's file and line
    where the compiler gives one."""


@dataclass(frozen=True)
class Build:
    """A kernel compiled for one device, never run.

    `texts` holds the kernel at each level: "ttir", "ttgir", "llir", then "ptx" and "sass" (NVIDIA)
    or "amdgcn" (AMD). Widths are bits that one lane moves in one instruction on global memory.
    """

    kernel: str
    device: str
    warps: int
    registers: int  # of one lane
    spills: int  # bytes of spill stores and loads that the assembler put in; AMD: registers
    stack: int  # bytes of one lane: arrays that are kept in memory, and spills
    shared: int  # bytes
    max_shared: int  # that the device has for one program
    opcodes: dict[str, int] = field(repr=False)  # instructions by their full name, "LDG.E.128"
    load_widths: dict[int, int]  # bits: how many instructions
    store_widths: dict[int, int]
    matrix_instructions: dict[str, int]  # "HMMA.16816.F32": how many
    texts: dict[str, str] = field(repr=False)

    @property
    def fits(self) -> bool:
        """Whether a launch has enough shared memory; the compiler does not look."""
        return self.shared <= self.max_shared

    def count(self, instruction: str) -> int:
        """How many instructions have this name, or its parts in order: "HMMA", "LDG.128"."""
        return sum(n for opcode, n in self.opcodes.items() if matches(opcode, instruction))


def matches(opcode: str, requested: str) -> bool:
    """Whether an instruction's full name has these parts, the first one first.

    >>> (
    ...     matches("LDG.E.128.CONSTANT", "LDG.128"),
    ...     matches("LDG.E", "LDG.32"),
    ...     matches("LDG.E.64", "LDG.32"),
    ... )
    (True, True, False)
    """
    parts = opcode.split(".")
    if parts[0].startswith(("v_", "global_", "buffer_", "ds_", "s_")):
        return opcode.startswith(requested)
    first, *others = requested.split(".")
    if parts[0] != first:
        return False
    if "32" in others and not WIDTHS & set(parts[1:]):  # 32 bits are not written out
        others.remove("32")
    rest = iter(parts[1:])
    return all(each in rest for each in others)


WIDTHS = {"U8", "S8", "U16", "S16", "64", "128"}
