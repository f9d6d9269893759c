"""The operations of networks: what their arrays, their loops, and the real MLIR compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.ir import EvaluationError, functions, parse, run, verify
from tern.ir.arrays import dtype_of
from tern.ir.loops import run_loops
from tern.lower import lower_to_loops
from tern.passes import fuse_all
from tern.types import f32, i32, own_spelling
from tests.tern.tensor_programs import ELEMENTS, OPERATIONS, close, tensor_programs
from tests.turns import tries


def by_loops(program, change=lambda lowered: None) -> list:
    lowered = lower_to_loops(program.module)
    change(lowered)
    verify(lowered)
    assert not any(op.name.startswith(("tensor", "linalg")) for op in lowered.walk())
    outs = [
        np.full(shape, np.nan if dtype_of(element).kind in "fV" else 1, dtype_of(element))
        for shape, element in zip(program.shapes, program.elements)
    ]
    run_loops(functions(lowered)[0], [*program.arguments, *outs])
    return outs


@pytest.mark.parametrize("element", ELEMENTS, ids=own_spelling)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_loops_compute_what_arrays_do(element, data) -> None:
    program = data.draw(tensor_programs(element))
    verify(program.module)
    assert str(parse(str(program.module))) == str(program.module)
    want = run(program.module, "f", *program.arguments)
    want = want if isinstance(want, tuple) else (want,)
    for have, expected in zip(by_loops(program), want, strict=True):
        assert close(have, expected)


@settings(max_examples=tries(40, long=400), deadline=None)
@given(data=st.data())
def test_fused_loops_compute_the_same(data) -> None:
    """Loads and stores that are not affine stand in the way of no pass, and none moves them."""
    element = data.draw(st.sampled_from([f32, i32]))
    program = data.draw(tensor_programs(element, 5))
    want = by_loops(program)
    for have, expected in zip(by_loops(program, fuse_all), want, strict=True):
        assert close(have, expected)


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_each_operation(operation, data) -> None:
    element = data.draw(st.sampled_from(ELEMENTS))
    program = data.draw(tensor_programs(element, 2, operation))
    verify(program.module)
    want = run(program.module, "f", *program.arguments)
    want = want if isinstance(want, tuple) else (want,)
    for have, expected in zip(by_loops(program), want, strict=True):
        assert close(have, expected)


# what becomes of them -----------------------------------------------------------------------------


def lowered_text(signature, body, result) -> str:
    text = f"func.func @f({signature}) -> {result} {{\n{body}\nreturn %r : {result}\n}}"
    return str(functions(lower_to_loops(parse(text)))[0])


def test_a_convolution_becomes_one_nest() -> None:
    image, filter, out = "tensor<1x9x9x3xi8>", "tensor<3x3x3x8xi8>", "tensor<1x4x4x8xi32>"
    body = (
        "%r = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>} "
        f"ins(%x, %k : {image}, {filter}) outs(%o : {out}) -> {out}"
    )
    text = lowered_text(f"%x: {image}, %k: {filter}, %o: {out}", body, out)
    assert text.count("affine.for") == 3 + 6  # a copy of what is added to, and no loop of one
    assert "affine.load %arg0[0, %arg4 * 2 + %arg7, %arg5 * 2 + %arg8, %arg9]" in text
    assert "arith.extsi" in text


@pytest.mark.parametrize(
    ("body", "load"),
    [
        (
            "%s = tensor.extract_slice %x[%n, 1] [4, 2] [1, 2] : tensor<8x4xf32> to tensor<4x2xf32>"
            "\n%r = math.exp %s : tensor<4x2xf32>",
            "%arg0[%arg3 + %arg1, %arg4 * 2 + 1]",
        ),
        (
            "%s = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 4, 4] : "
            "tensor<8x4xf32> into tensor<2x4x4xf32>\n"
            "%t = tensor.extract_slice %s[1, 0, 0] [1, 4, 4] [1, 1, 1] : "
            "tensor<2x4x4xf32> to tensor<4x4xf32>\n"
            "%u = tensor.extract_slice %t[0, %n] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>"
            "\n%r = math.exp %u : tensor<4x2xf32>",
            "%arg0[%arg3 + 4, %arg4 + %arg1]",
        ),
        (
            "%s = tensor.expand_shape %x [[0], [1, 2]] output_shape [8, 2, 2] : "
            "tensor<8x4xf32> into tensor<8x2x2xf32>\n"
            "%t = tensor.collapse_shape %s [[0], [1, 2]] : tensor<8x2x2xf32> into tensor<8x4xf32>\n"
            "%u = tensor.extract_slice %t[0, 0] [4, 2] [2, 1] : tensor<8x4xf32> to tensor<4x2xf32>"
            "\n%r = math.exp %u : tensor<4x2xf32>",
            "%arg0[%arg3 * 2, %arg4]",
        ),
    ],
)
def test_what_only_says_where_elements_are_costs_nothing(body, load) -> None:
    text = lowered_text("%x: tensor<8x4xf32>, %n: index", body, "tensor<4x2xf32>")
    assert text.count("affine.for") == 2
    assert "memref.alloc" not in text
    assert f"affine.load {load}" in text


def test_several_sizes_in_one_are_copied() -> None:
    """A transpose's elements do not lie one after another; the copy writes them so."""
    body = (
        "%e = tensor.empty() : tensor<4x8xf32>\n"
        "%t = linalg.transpose ins(%x : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) "
        "permutation = [1, 0]\n"
        "%r = tensor.collapse_shape %t [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>"
    )
    text = lowered_text("%x: tensor<8x4xf32>", body, "tensor<32xf32>")
    assert "affine.load %arg0[%arg3, %arg2]" in text
    assert "affine.store %0, %arg1[%arg2 * 8 + %arg3]" in text
    assert "memref.alloc" not in text


def test_a_gather_loads_where_a_number_says() -> None:
    body = (
        "%e = tensor.empty() : tensor<3x4xf32>\n"
        "%r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, "
        'affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} '
        "ins(%i : tensor<3xi64>) outs(%e : tensor<3x4xf32>) {\n^bb0(%a: i64, %b: f32):\n"
        "%j = arith.index_cast %a : i64 to index\n%k = linalg.index 1 : index\n"
        "%v = tensor.extract %x[%j, %k] : tensor<8x4xf32>\nlinalg.yield %v : f32\n"
        "} -> tensor<3x4xf32>"
    )
    text = lowered_text("%x: tensor<8x4xf32>, %i: tensor<3xi64>", body, "tensor<3x4xf32>")
    assert "memref.load %arg0[%1, %arg4] : memref<8x4xf32>" in text


def test_numba_runs_what_is_lowered() -> None:
    """A gather, a convolution, and reshapes of sizes that are not known, compiled."""
    pytest.importorskip("numba")
    from tern.targets import numba

    module = parse("""
func.func @f(%t: tensor<?x4xf32>, %i: tensor<2xi64>, %n: index, %m: index) -> tensor<?xf32> {
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>,
      affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: i64, %b: f32):
    %j = arith.index_cast %a : i64 to index
    %k = linalg.index 1 : index
    %v = tensor.extract %t[%j, %k] : tensor<?x4xf32>
    linalg.yield %v : f32
  } -> tensor<2x4xf32>
  %1 = tensor.extract_slice %0[0, 0] [%n, %m] [1, 1] : tensor<2x4xf32> to tensor<?x?xf32>
  %2 = tensor.collapse_shape %1 [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  return %2 : tensor<?xf32>
}""")
    table, ids = np.arange(20, dtype="f4").reshape(5, 4), np.array([4, 1])
    want = run(module, "f", table, ids, 2, 3)
    assert want.tolist() == [16, 17, 18, 4, 5, 6]
    (func,) = functions(lower_to_loops(module))
    out = np.full(6, np.nan, "f4")
    numba.compile_numba(func)(table, ids, 2, 3, out)
    assert np.array_equal(out, want)


def test_a_captured_tensor_is_not_written_over() -> None:
    """What a region still reads later is no buffer to add to."""
    module = parse("""
func.func @f(%x: tensor<2x2xf32>, %c: f32) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %e = tensor.empty() : tensor<2x2xf32>
  %t = linalg.fill ins(%c : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %0 = linalg.matmul ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>)
    outs(%t : tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32):
    %i = linalg.index 0 : index
    %v = tensor.extract %t[%i, %i] : tensor<2x2xf32>
    linalg.yield %v : f32
  } -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}""")
    x, outs = np.eye(2, dtype="f4"), [np.full((2, 2), np.nan, "f4") for _ in range(2)]
    run_loops(functions(lower_to_loops(module))[0], [x, 3.0, *outs])
    for have, want in zip(outs, run(module, "f", x, 3.0), strict=True):
        assert np.array_equal(have, want)


@pytest.mark.parametrize("name", ["interpreter", "llvm", "numba"])
def test_a_slice_whose_offset_is_data_is_checked_as_it_runs(name) -> None:
    """As a cache is written at the position that a program was given in a tensor: what targets
    check before they run, they can't know it."""
    module = parse("""
func.func @f(%a: tensor<5x3xf32>, %at: tensor<index>, %row: tensor<2xf32>)
    -> (tensor<3x2xf32>, tensor<5x3xf32>) {
  %i = tensor.extract %at[] : tensor<index>
  %0 = tensor.extract_slice %a[%i, 1] [3, 2] [1, 1] : tensor<5x3xf32> to tensor<3x2xf32>
  %1 = tensor.insert_slice %row into %a[%i, 1] [1, 2] [1, 1]
    : tensor<2xf32> into tensor<5x3xf32>
  return %0, %1 : tensor<3x2xf32>, tensor<5x3xf32>
}""")
    (func,) = functions(lower_to_loops(module))
    call = {"interpreter": lambda *given: run_loops(func, given)}.get(name)
    if call is None:
        targets = pytest.importorskip(f"tern.targets.{name}")
        pytest.importorskip({"llvm": "llvmlite"}.get(name, name))
        call = getattr(targets, f"compile_{name}")(func)
    a, row = np.arange(15, dtype="f4").reshape(5, 3), np.array([7, 8], "f4")
    outs = [np.full((3, 2), np.nan, "f4"), np.full((5, 3), np.nan, "f4")]
    call(a, np.array(2), row, *outs)
    for have, want in zip(outs, run(module, "f", a, np.array(2), row), strict=True):
        assert np.array_equal(have, want)
    with pytest.raises((EvaluationError, IndexError)):
        call(a, np.array(4), row, *outs)
