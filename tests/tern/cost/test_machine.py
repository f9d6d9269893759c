"""The machine that widths come from."""

import platform
import subprocess
import sys

import pytest

from tern.cost import AVX2, AVX512, NEON, SSE2, cache_block, register_block, this_machine
from tern.cost.machine import machine_with
from tern.types import f16, f32, f64, i8, index


def test_lanes() -> None:
    assert [m.lanes(f32) for m in (SSE2, NEON, AVX2, AVX512)] == [4, 4, 8, 16]
    assert [AVX2.lanes(t) for t in (f16, f64, i8, index)] == [16, 4, 32, 4]


@pytest.mark.parametrize("machine", [SSE2, AVX2, AVX512, NEON], ids=lambda m: m.name)
@pytest.mark.parametrize("type", [f32, f64], ids=str)
def test_the_block_fits_the_registers(machine, type) -> None:
    rows, columns = register_block(machine, type)
    vectors = columns // machine.lanes(type)
    assert rows * vectors + vectors + 1 <= machine.registers
    assert (rows + 1) * vectors + vectors + 1 > machine.registers - vectors  # no more would
    depth, height = cache_block(machine, type)
    assert depth * (rows + columns) * type.width // 8 <= machine.caches[1] // 16
    assert depth * height * type.width // 8 <= machine.caches[1] // 2
    assert height % rows == 0


def test_what_features_mean() -> None:
    avx2 = {"avx2": True, "fma": True}
    assert machine_with({**avx2, "avx512f": True}, "x86_64") is AVX512
    assert machine_with({**avx2, "avx512f": False}, "AMD64") is AVX2
    assert machine_with({"avx2": True, "fma": False}, "x86_64") is SSE2
    assert machine_with({}, "arm64") is NEON
    assert machine_with({}, "riscv64").lanes(f32) == 1


def test_this_one_is_known_without_llvm() -> None:
    """llvmlite knows more, but is not needed."""
    code = "import sys; sys.modules['llvmlite'] = None; from tern.cost import this_machine as m"
    code += "; print(m().vector_bits >= 8, m().caches[0] > 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"], done.stderr
    if platform.machine() in ("x86_64", "AMD64", "arm64", "aarch64"):
        assert this_machine().lanes(f32) >= 4
