"""The loop level: its operations and text, running it, and getting there from tensors."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.ir import (
    EvaluationError,
    Operation,
    VerifyError,
    check_operation,
    functions,
    parse,
    read_bytecode,
    verify,
    write_bytecode,
)
from tern.ir.dialects.affine import expression_text, merged, new_load
from tern.ir.loops import run_loops
from tern.lower import LoweringError, lower_source, lower_to_loops
from tern.passes import band, nests
from tests.tern.loop_programs import arguments, programs, same, sizes

EXAMPLES = Path(tern.__file__).parent / "examples"

PRODUCT = """module {
  func.func @product(%arg0: memref<?x?xf32>, %arg1: memref<?x?xf32>, %arg2: memref<?x?xf32>) {
    %0 = arith.constant 0 : index
    %1 = arith.constant 1 : index
    %2 = memref.dim %arg0, %0 : memref<?x?xf32>
    %3 = memref.dim %arg0, %1 : memref<?x?xf32>
    %4 = memref.dim %arg1, %1 : memref<?x?xf32>
    %5 = arith.constant 0.000000e+00 : f32
    affine.for %arg3 = 0 to %2 {
      affine.for %arg4 = 0 to %4 {
        affine.store %5, %arg2[%arg3, %arg4] : memref<?x?xf32>
      }
    }
    affine.for %arg3 = 0 to %2 {
      affine.for %arg4 = 0 to %4 {
        affine.for %arg5 = 0 to %3 {
          %6 = affine.load %arg2[%arg3, %arg4] : memref<?x?xf32>
          %7 = affine.load %arg0[%arg3, %arg5] : memref<?x?xf32>
          %8 = affine.load %arg1[%arg5, %arg4] : memref<?x?xf32>
          %9 = arith.mulf %7, %8 : f32
          %10 = arith.addf %6, %9 : f32
          affine.store %10, %arg2[%arg3, %arg4] : memref<?x?xf32>
        }
      }
    }
    return
  }
}"""


def loops(body, arguments="%a: memref<8x8xf32>, %n: index") -> Operation:
    """The function of a body."""
    return functions(parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}"))[0]


# text and rules -------------------------------------------------------------------------------


def test_round_trip_by_text_and_bytecode() -> None:
    module = parse(PRODUCT)
    verify(module)
    assert str(module) == PRODUCT
    assert str(read_bytecode(write_bytecode(module))) == PRODUCT
    assert str(module.clone()) == PRODUCT


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("%i", "%arg2"),
        ("%i * 2 + %j - 1", "%arg2 * 2 + %arg3 - 1"),
        ("-(%i - 2 * (%j - 3))", "-%arg2 + %arg3 * 2 - 6"),
        ("%i -1", "%arg2 - 1"),
        ("%i + %j - %i", "%arg3"),
        ("symbol(%n) * -3", "%arg1 * -3"),
        ("4 - 4 * 2", "-4"),
    ],
)
def test_affine_expressions(written, printed) -> None:
    func = loops(
        "affine.for %i = 0 to 8 { affine.for %j = 0 to 8 {\n"
        f"%x = affine.load %a[{written}, 0] : memref<8x8xf32>\n}} }}"
    )
    verify(func)
    assert f"affine.load %arg0[{printed}, 0]" in str(func)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("%x = affine.load %a[%n * %n, 0] : memref<8x8xf32>", "a product of two values"),
        ("%x = affine.load %a[%n floordiv 2, 0] : memref<8x8xf32>", "floordiv has no place"),
        ("affine.for %i = 0 to #map(%n) { }", "there is no map #map"),
        ("affine.for %i = 0 to affine_map<(d0) -> (d1)>(%n) { }", "one of the map's dim"),
        ("affine.for %i = 0 to affine_map<(d0) -> (d0)>() { }", "takes 1 values, not 0"),
        ("%x = affine.load %a[0, 0] : f32", "expected a memref"),
    ],
)
def test_what_does_not_parse(body, message) -> None:
    with pytest.raises(tern.Diagnostic, match=message):
        loops(body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("%x = affine.load %a[0] : memref<8x8xf32>", "one subscript for each dimension"),
        ("affine.for %i = 0 to 8 step 0 { }", "counts up by 1 or more"),
        (
            "affine.for %i = 0 to 8 { %x = arith.addi %i, %i : index\n"
            "affine.for %j = 0 to %x { } }",
            "neither an induction variable nor a size",
        ),
        ("affine.yield", "affine.yield"),
        ("%x = memref.load %a[%n] : memref<8x8xf32>", "one index for each dimension"),
        ("%x = memref.alloc() : memref<?xf32>", "needs 1 sizes"),
        ("%x = memref.dim %n, %n : memref<8x8xf32>", "memref.dim of index"),
        ("memref.store %n, %a[%n, %n] : memref<8x8xf32>", "index cannot be stored"),
    ],
)
def test_what_does_not_verify(body, message) -> None:
    with pytest.raises(VerifyError, match=message):
        verify(loops(body))


@given(st.data())
def test_checks_survive_any_operation(data) -> None:
    """However broken an operation is, its check says so and does not fail."""
    module = parse(PRODUCT)
    found = [op for op in module.walk() if op.name[:6] in ("affine", "memref")]
    op = data.draw(st.sampled_from(found))
    for key in list(op.attributes):
        junk = st.sampled_from([None, 0, (), ((),), (0,), ((0, 1), 2), "x", ((1, True),), -1])
        op.attributes[key] = data.draw(junk)
    count = data.draw(st.integers(0, len(op.operands)))
    op.operands = op.operands[:count]
    assert check_operation(op) is None or isinstance(check_operation(op), str)


def test_merged_maps() -> None:
    a, b = parse(PRODUCT).body.blocks[0].operations[0].body.blocks[0].args[:2]
    assert merged([a, b, a], [(1, 0, 2, 5), (-3, 1, 3, 0)]) == ([a, b], ((3, 0, 5), (0, 1, 0)))
    assert expression_text((1, -2, 0), ["x", "y"]) == "x - y * 2"
    assert new_load(a, [b, b], [(1, -1, 3), (0, 0, 0)]).operands == [a]


mlir_rows = st.lists(st.integers(-3, 3), min_size=4, max_size=4).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.lists(mlir_rows, min_size=1, max_size=3), st.lists(mlir_rows, min_size=2, max_size=2))
def test_mlir_accepts_every_map(bound, subscripts) -> None:
    """Bounds and subscripts of any small coefficients: MLIR's print of them means the same."""
    mlir = pytest.importorskip("torch_mlir.ir")
    names = ["%i", "%j", "%n"]
    dims = [f"d{k}" for k in range(3)]
    word = "min " if len(bound) > 1 else ""
    rows = ", ".join(expression_text(row, dims) for row in bound)
    where = ", ".join(expression_text(row, names) for row in subscripts)
    func = loops(
        "affine.for %i = 0 to 8 { affine.for %j = affine_map<(d0) -> (d0)>(%i) to 9 step 2 {\n"
        f"affine.for %k = 0 to {word}affine_map<(d0, d1, d2) -> ({rows})>(%i, %j, %n) {{\n"
        f"%x = affine.load %a[{where}] : memref<8x8xf32>\n"
        f"affine.store %x, %a[{where}] : memref<8x8xf32>\n}} }} }}"
    )
    module = tern.ir.new_module()
    module.body.blocks[0].append(func)
    verify(module)
    with mlir.Context():
        theirs = mlir.Module.parse(str(module))
        assert theirs.operation.verify()
        assert str(parse(str(theirs))) == str(module)


# running --------------------------------------------------------------------------------------


def test_run_loops() -> None:
    (func,) = functions(parse(PRODUCT))
    a, b = np.arange(6, dtype="f4").reshape(2, 3), np.arange(12, dtype="f4").reshape(3, 4)
    out = np.full((2, 4), np.nan, "f4")
    assert run_loops(func, [a, b, out]) is None
    assert np.array_equal(out, a @ b)


def test_bounds_are_the_greatest_and_the_least() -> None:
    func = loops(
        "affine.for %i = max affine_map<(d0) -> (d0, 2)>(%n) to min affine_map<() -> (7, 5)>() "
        "step 2 {\n%c = arith.constant 1.0 : f32\naffine.store %c, %a[%i, 0] : memref<8x8xf32>\n}"
    )
    verify(func)
    a = np.zeros((8, 8), "f4")
    run_loops(func, [a, 1])
    assert np.flatnonzero(a[:, 0]).tolist() == [2, 4]
    a[:] = 0
    run_loops(func, [a, 3])
    assert np.flatnonzero(a[:, 0]).tolist() == [3]


@pytest.mark.parametrize("subscript", ["%n, 8", "-1, 0"])
def test_running_checks_subscripts(subscript) -> None:
    func = loops(f"%x = affine.load %a[{subscript}] : memref<8x8xf32>")
    with pytest.raises(EvaluationError, match="in a buffer of shape"):
        run_loops(func, [np.zeros((8, 8), "f4"), 0])


def test_running_checks_arguments() -> None:
    (func,) = functions(parse(PRODUCT))
    array = np.zeros((2, 2), "f4")
    with pytest.raises(TypeError, match="takes 3 arguments"):
        run_loops(func, [array])
    with pytest.raises(TypeError, match="an array of float64 is not"):
        run_loops(func, [array, array.astype("f8"), array])
    with pytest.raises(ValueError, match="shape"):
        run_loops(func, [array, array[0], array])


def test_a_new_buffer_is_not_zero() -> None:
    func = loops(
        "%t = memref.alloc() : memref<4xf32>\n%x = affine.load %t[1] : memref<4xf32>\n"
        "affine.store %x, %a[0, 0] : memref<8x8xf32>"
    )
    a = np.zeros((8, 8), "f4")
    run_loops(func, [a, 0])
    assert np.isnan(a[0, 0])


# lowering -------------------------------------------------------------------------------------


def test_a_product_becomes_three_loops() -> None:
    module = lower_source("fn product(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }")
    assert str(module) == PRODUCT
    (func,) = functions(module)
    assert func.attributes["argument_names"] == ("a", "b", "out")
    shapes = [arg.type.shape for arg in func.body.blocks[0].args]
    assert shapes == [("n", "k"), ("k", "m"), ("n", "m")]


def test_what_only_rearranges_costs_nothing() -> None:
    module = lower_source("fn f(a: f32[n, 4], b: f32[n]) -> f32[4, n] { return transpose(a) + b; }")
    (nest,) = nests(module)
    assert len(band(nest)) == 2
    assert "memref.alloc" not in str(module)
    assert "affine.load %arg0[%arg4, %arg3] : memref<?x4xf32>" in str(module)


@pytest.mark.parametrize("name", ["softmax", "dense", "attention", "layer_norm", "distances"])
def test_examples(name) -> None:
    source = (EXAMPLES / f"{name}.tern").read_text()
    module = lower_source(source)
    verify(module)
    mlir = pytest.importorskip("torch_mlir.ir")
    with mlir.Context():
        assert str(parse(str(mlir.Module.parse(str(module))))) == str(module)
    signatures = tern.check.check(tern.parse(source)).signatures
    random = np.random.default_rng(0)
    given = {"n": 3, "m": 4, "k": 5, "d": 2, "e": 6, "batch": 3}
    for func in functions(module):
        called = func.attributes["sym_name"]
        args = [
            random.random([given.get(s, s) for s in type.shape]).astype("f4")
            if hasattr(type, "shape")
            else 0.75
            for type in signatures[called].parameters
        ]
        want = tern.run(source, called, *args)
        out = np.full(np.shape(want), np.nan, "f4")
        run_loops(func, [*args, out])
        assert np.allclose(out, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("element", ["f32", "i32"])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), sizes=sizes, seed=st.integers(0, 9))
def test_loops_compute_what_tensors_do(element, data, sizes, seed) -> None:
    source, shape = data.draw(programs(element))
    args = arguments(sizes, seed, element)
    want = np.asarray(tern.run(source, "f", *args))
    module = lower_source(source)
    verify(module)
    assert not any(op.name.startswith(("tensor", "linalg")) for op in module.walk())
    out = np.empty([sizes.get(size, size) for size in shape], args[0].dtype)
    run_loops(functions(module)[0], [*args, out])
    assert same(out, want)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn f(n: i32) -> i32 { while n > 3 { n = n - 1; } return n; }", "@f has branches"),
        ("fn f(x: f32[n]) -> f32[n] { return f(x); }", "func.call of @f inside itself"),
    ],
)
def test_what_has_no_loop_form(text, message) -> None:
    with pytest.raises(LoweringError, match=message) as error:
        lower_source(text)
    assert "\n" not in str(error.value)


def test_operations_without_a_loop_form_are_named() -> None:
    text = """func.func @f(%x: f32) -> tensor<2xf32> {
      %0 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
      return %0 : tensor<2xf32>
    }"""
    with pytest.raises(LoweringError, match="arith.constant of several numbers"):
        lower_to_loops(parse(text))
    module = lower_source("fn f(x: f32[n]) -> f32[n] { return x; }")
    module.body.blocks[0].operations[0].body.blocks[0].insert(0, Operation("memref.free"))
    with pytest.raises(LoweringError, match="memref.free has no loop form yet"):
        lower_to_loops(module)


def test_an_expanded_shape_of_known_sizes() -> None:
    module = parse("""func.func @f(%t: tensor<?xf32>, %n: index) -> tensor<?x3xf32> {
      %0 = tensor.expand_shape %t [[0, 1]] output_shape [%n, 3] : tensor<?xf32> into tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    }""")
    lowered = lower_to_loops(module)
    verify(lowered)
    out = np.empty((2, 3), "f4")
    run_loops(functions(lowered)[0], [np.arange(6, dtype="f4"), 2, out])
    assert np.array_equal(out, np.arange(6).reshape(2, 3))
