"""Sums in blocks: which may be, and that the blocks decide their bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.analysis.nests import nests
from tern.ir import Operation, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import NestError
from tern.passes.fast_math import permit
from tern.passes.fold_sizes import fold_sizes
from tern.passes.partial_sums import partial_sums


def summed(source: str, size: int, flags: bool = True) -> Operation:
    module = lower_source(source, ["f"])
    if flags:
        permit(module, "reassoc")
    (func,) = functions(module)
    fold_sizes(func)
    over = partial_sums(nests(func)[0], size)
    assert over.name == "affine.parallel"
    verify(module)
    assert str(parse(str(module))) == str(module)
    return func


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["sum", "max", "min"]),
    st.sampled_from(["n", "23", "2"]),
    st.integers(1, 9),
    st.integers(0, 99),
)
def test_integers_are_the_same(word, length, size, seed) -> None:
    source = f"fn f(x: i32[{length}]) -> i32 {{ return {word}(x); }}"
    func = summed(source, size)
    count = {"n": seed % 14 + 1}.get(length) or int(length)
    x, out = np.random.default_rng(seed).integers(-99, 99, count, "i4"), np.zeros((), "i4")
    run_loops(func, [x, out])
    assert out == getattr(np, word)(x)


def test_the_blocks_decide() -> None:
    """The sum of each block, in order, and then the sum of these."""
    x = np.random.default_rng(1).standard_normal(50).astype("f4")
    out, want = np.zeros((), "f4"), np.float32(0)
    run_loops(summed("fn f(x: f32[n]) -> f32 { return sum(x); }", 8), [x, out])
    for start in range(0, 50, 8):
        part = np.float32(-0.0)
        for number in x[start : start + 8]:
            part += number
        want += part
    assert out == want


@pytest.mark.parametrize(
    ("source", "flags", "message"),
    [
        ("fn f(x: f32[n]) -> f32 { return sum(x); }", False, "without reassoc"),
        ("fn f(x: f32[n]) -> f32[n] { return x + x; }", True, "adds up nothing"),
    ],
)
def test_what_is_refused(source, flags, message) -> None:
    with pytest.raises(NestError, match=message):
        summed(source, 8, flags)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            """%x = affine.load %a[%i] : memref<9xf32>
            affine.store %x, %a[%i + 1] : memref<9xf32>""",
            r"carries the flow dependence \(1\)",
        ),
        (
            """%x = affine.load %a[0] : memref<9xf32>
            %y = arith.addf %x, %x fastmath<reassoc> : f32
            affine.store %y, %a[0] : memref<9xf32>""",
            "carries the",
        ),
    ],
)
def test_other_dependences_are_refused(body, message) -> None:
    text = f"func.func @f(%a: memref<9xf32>) {{ affine.for %i = 0 to 8 {{ {body} }} return }}"
    (func,) = functions(parse(text))
    before = str(func)
    with pytest.raises(NestError, match=message):
        partial_sums(nests(func)[0], 4)
    assert str(func) == before
