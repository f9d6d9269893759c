"""Prefetches of the next row: where they stand, and that they change nothing."""

import numpy as np
import pytest

from tern.cost import AVX2, AVX512, NEON
from tern.ir import functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.passes.prefetch import prefetch_next_rows

NORM = "fn f(x: f32[n, m], s: f32[m]) -> f32[n, m] { return softmax(x) * s; }"


def arranged(source: str, machine=AVX2) -> str:
    module = lower_source(source, ["f"])
    permit(module, "reassoc")
    for_machine(module, machine)
    verify(module)
    assert str(parse(str(module))) == str(module)
    return str(module)


@pytest.mark.parametrize("machine", [AVX2, AVX512, NEON], ids=lambda machine: machine.name)
def test_a_line_at_a_time(machine) -> None:
    """As many as the lines of a vector; of the buffer that is loaded, and not of what is a row."""
    text = arranged(NORM, machine)
    asked = [line.strip() for line in text.splitlines() if "affine.prefetch" in line]
    lines = 2 * machine.vector_bits // 8 // 64  # exp takes two registers
    assert len(asked) == max(1, lines)
    start = "affine.prefetch %arg0[%arg3 + 1, %arg4"
    places = [", read, locality<3>", *[f" + {16 * k}], read" for k in range(1, lines)]]
    assert all(line.startswith(start) for line in asked)
    assert all(place in line for place, line in zip(places, asked))


def test_the_busiest_loop_asks() -> None:
    """Softmax: not the maximum, nor the quotient, but where exp is."""
    body = arranged(NORM).split("affine.prefetch")[0]
    assert body.rindex("vector.reduction <maximumf>") < body.rindex("arith.bitcast")
    assert body.count("arith.bitcast") >= 1 and "vector.reduction <add>" not in body


def test_nothing_is_asked_without_rows() -> None:
    for source in (
        "fn f(x: f32[n]) -> f32[n] { return x + x; }",
        "fn f(x: f32[n, m]) -> f32[m, n] { return transpose(x); }",
    ):
        assert "affine.prefetch" not in arranged(source)


def test_results_are_the_same() -> None:
    """Beyond the last row there is nothing to be asked for, and nothing happens."""
    pytest.importorskip("llvmlite")
    from tern.targets.llvm import compile_llvm

    module = parse(arranged(NORM))
    (func,) = functions(module)
    without = func.clone()
    for op in list(without.walk()):
        if op.name == "affine.prefetch":
            op.parent.operations.remove(op)
    assert "affine.prefetch" in str(func) and prefetch_next_rows(without, AVX2) == 1
    x, s = np.random.default_rng(1).standard_normal((3, 70)).astype("f4"), np.ones(70, "f4")
    outs = [np.zeros((3, 70), "f4") for _ in "abc"]
    run_loops(func, [x, s, outs[0]])
    compile_llvm(func)(x, s, outs[1])
    for op in list(without.walk()):
        if op.name == "affine.prefetch":
            op.parent.operations.remove(op)
    compile_llvm(without)(x, s, outs[2])
    assert outs[1].tobytes() == outs[2].tobytes()
    assert np.allclose(outs[0], outs[1], rtol=1e-6)
