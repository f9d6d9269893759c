"""Convolutions as matrix products: the same numbers, and no convolution left."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.build import build
from tern.ir import function, functions, run, verify
from tern.passes.img2col import img2col
from tern.passes.specialize import specialize
from tern.text.diagnostics import whole_language
from tern.types import f32, i32
from tests.tern.tensor_programs import close, tensor_programs
from tests.turns import tries


@given(data=st.data())
@settings(max_examples=tries(30, long=1000), deadline=None)
def test_a_product_computes_what_the_convolution_did(data) -> None:
    element = data.draw(st.sampled_from([f32, i32]))
    program = data.draw(tensor_programs(element, 2, only="convolution"))
    func = specialize(functions(program.module)[0], program.arguments)
    before = run(func.parent_op, "f", *program.arguments)
    convolutions = str(func).count("linalg.conv_2d")
    alike = sum(
        op.name == "linalg.conv_2d_nhwc_hwcf"
        and op.operands[0].type.element == op.operands[2].type.element
        for op in func.walk()
    )
    assert img2col(func) == alike
    verify(func)
    assert str(func).count("linalg.conv_2d") == convolutions - alike
    after = run(func.parent_op, "f", *program.arguments)
    pairs = zip(after, before, strict=True) if isinstance(after, tuple) else [(after, before)]
    assert all(close(np.asarray(a), np.asarray(b)) for a, b in pairs)


def test_a_filter_of_one_element_copies_nothing() -> None:
    source = (
        "fn f(x: f32[1, 4, 4, 3], w: f32[1, 1, 3, 5]) -> f32[1, 4, 4, 5] { return conv2d(x, w); }"
    )
    func = function(build(whole_language(source)), "f")
    assert img2col(func) == 1
    assert "tensor.concat" not in str(func) and "linalg.matmul" in str(func)


def test_unknown_sizes_and_depthwise_convolutions_stay() -> None:
    source = (
        "fn f(x: f32[n, 4, 4, 3], w: f32[1, 1, 3, 5]) -> f32[n, 4, 4, 5] { return conv2d(x, w); }"
    )
    func = function(build(whole_language(source)), "f")
    before = str(func)
    assert img2col(func) == 0 and str(func) == before
