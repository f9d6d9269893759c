import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tern.build import build
from tern.ir import (
    Builder,
    EvaluationError,
    Operation,
    evaluator,
    function,
    interpret,
    new_function,
    new_module,
    parse,
    run,
)
from tern.ir.samples import write_function
from tern.ir.strategies import functions
from tern.types import (
    f16,
    f32,
    f64,
    i1,
    i8,
    i32,
    i64,
    index,
)

POWER = """
fn power(x: f32, n: i32) -> f32 {
    let acc = 1.0;
    while n > 0 { if n % 2 == 1 { acc = acc * x; } x = x * x; n = n / 2; }
    return acc;
}
"""


def evaluate(name, *values, types=None, result=None, **attributes) -> Any:
    """One operation on scalars, by `evaluator`."""
    func = new_function("f", types or [i32] * len(values), [])
    args = func.body.blocks[0].args
    type = result or args[0].type
    op = Builder(func.body.blocks[0]).op(name, args, [type], attributes)
    return evaluator(op)(*values)


def test_power_in_every_form() -> None:
    for options in ({}, {"slots": True}):
        func = function(build(POWER, **options), "power")
        assert interpret(func, [2.0, 10]) == [1024.0]
        assert interpret(func, [1.5, 3]) == [3.375]
    for options in ({}, {"slots": True}, {"structured": True}):
        assert run(build(POWER, **options), "power", 2.0, 10) == 1024.0


def test_integers_wrap_and_divide_toward_zero() -> None:
    minimum, maximum = -(2**31), 2**31 - 1
    assert evaluate("arith.addi", maximum, 1) == minimum
    assert evaluate("arith.subi", minimum, 1) == maximum
    assert evaluate("arith.muli", maximum, maximum) == 1
    assert evaluate("arith.divsi", -7, 2) == -3
    for name in ("arith.divsi", "arith.remsi"):  # undefined in MLIR, a trap on x86
        with pytest.raises(EvaluationError, match="does not fit an i32"):
            evaluate(name, minimum, -1)
    assert evaluate("arith.remsi", -7, 2) == -1
    assert evaluate("arith.remsi", 7, -2) == 1
    assert evaluate("arith.shli", 1, 31) == minimum
    assert evaluate("arith.shrsi", -8, 1) == -4
    assert evaluate("math.absi", minimum) == minimum
    assert evaluate("arith.addi", True, True, types=[i1, i1]) is False
    assert evaluate("arith.addi", 127, 1, types=[i8, i8]) == -128
    for name in ("arith.divsi", "arith.remsi"):
        with pytest.raises(EvaluationError, match="by zero"):
            evaluate(name, 1, 0)
    with pytest.raises(EvaluationError, match="shift"):
        evaluate("arith.shli", 1, 32)


def test_comparisons() -> None:
    assert evaluate("arith.cmpi", -1, 1, predicate="slt", result=i1) is True
    assert evaluate("arith.cmpi", -1, 1, predicate="ult", result=i1) is False
    # The one bit of true counts as -1 when signed.
    assert evaluate("arith.cmpi", True, False, types=[i1, i1], predicate="slt", result=i1)
    nan = math.nan
    for predicate, expected in (("oeq", False), ("une", True), ("uno", True), ("ult", True)):
        assert evaluate("arith.cmpf", nan, 1.0, predicate=predicate, result=i1) is expected


def test_floats_round_to_their_type() -> None:
    assert evaluate("arith.addf", 16777216.0, 1.0, types=[f32, f32]) == 16777216.0
    assert evaluate("arith.addf", 16777216.0, 1.0, types=[f64, f64]) == 16777217.0
    assert evaluate("arith.addf", 2048.0, 1.0, types=[f16, f16]) == 2048.0
    assert evaluate("arith.mulf", 1e30, 1e30, types=[f32, f32]) == math.inf
    assert evaluate("arith.divf", 1.0, -0.0, types=[f32, f32]) == -math.inf
    assert math.isnan(evaluate("arith.divf", 0.0, 0.0, types=[f32, f32]))
    assert math.isnan(evaluate("arith.remf", 1.0, 0.0, types=[f32, f32]))
    assert math.isnan(evaluate("math.log", -1.0, types=[f32]))
    assert evaluate("math.log", 0.0, types=[f32]) == -math.inf
    assert evaluate("math.exp", 1000.0, types=[f64]) == math.inf
    assert math.isnan(evaluate("arith.maximumf", math.nan, 1.0, types=[f32, f32]))
    assert math.copysign(1, evaluate("arith.maximumf", -0.0, 0.0, types=[f32, f32])) == 1
    assert math.copysign(1, evaluate("arith.minimumf", 0.0, -0.0, types=[f32, f32])) == -1
    assert evaluate("math.powf", -0.0, -3.0, types=[f64, f64]) == -math.inf
    assert evaluate("math.powf", -10.0, 999.0, types=[f64, f64]) == -math.inf


def test_conversions() -> None:
    assert evaluate("arith.fptosi", -2.9, types=[f32], result=i32) == -2
    with pytest.raises(EvaluationError, match="does not fit"):
        evaluate("arith.fptosi", 3e9, types=[f32], result=i32)
    with pytest.raises(EvaluationError, match="does not fit"):
        evaluate("arith.fptosi", math.nan, types=[f32], result=i32)
    assert evaluate("arith.trunci", 257, result=i8) == 1
    assert evaluate("arith.trunci", 3, result=i1) is True
    assert evaluate("arith.extsi", True, types=[i1], result=i32) == -1
    assert evaluate("arith.extui", True, types=[i1], result=i32) == 1
    assert evaluate("arith.extui", -1, types=[i8], result=i32) == 255
    assert evaluate("arith.uitofp", -1, types=[i32], result=f64) == 2.0**32 - 1
    assert evaluate("arith.truncf", 0.1, types=[f64], result=f32) == np.float32(0.1)
    # As a signed number of one bit, true is -1.
    assert evaluate("arith.fptosi", -1.0, types=[f32], result=i1) is True
    with pytest.raises(EvaluationError, match="does not fit"):
        evaluate("arith.fptosi", 1.0, types=[f32], result=i1)
    with pytest.raises(EvaluationError, match="does not fit"):  # and so is the least number -1
        evaluate("arith.remsi", True, True, types=[i1, i1])


@given(st.integers(-(2**63), 2**63 - 1))
@example(2**62 + 2**38 + 1)  # halfway between two f32, and a little, which an f64 loses
@example(-(2**62) - 2**38 - 1)
@example(2**63 - 1)
def test_large_integers_are_rounded_once(value) -> None:
    assert evaluate("arith.sitofp", value, types=[i64], result=f32) == np.float32(np.int64(value))
    assert evaluate("arith.sitofp", value, types=[i64], result=f64) == float(value)
    unsigned = value % 2**64
    assert evaluate("arith.uitofp", value, types=[i64], result=f32) == np.float32(
        np.uint64(unsigned)
    )
    assert evaluate("arith.uitofp", value, types=[i64], result=f64) == float(unsigned)


def test_block_arguments_are_assigned_at_once() -> None:
    func = function(
        parse("""
func.func @f(%a: i32, %b: i32, %n: i32) -> (i32, i32) {
  %one = arith.constant 1 : i32
  %zero = arith.constant 0 : i32
  cf.br ^head(%a, %b, %n : i32, i32, i32)
^head(%x: i32, %y: i32, %left: i32):
  %done = arith.cmpi eq, %left, %zero : i32
  %less = arith.subi %left, %one : i32
  cf.cond_br %done, ^exit, ^head(%y, %x, %less : i32, i32, i32)
^exit:
  return %x, %y : i32, i32
}
"""),
        "f",
    )
    assert interpret(func, [1, 2, 3]) == [2, 1]
    assert interpret(func, [1, 2, 4]) == [1, 2]


def test_interpret_says_what_is_wrong() -> None:
    power = function(build(POWER), "power")
    with pytest.raises(TypeError, match="takes 2 arguments, not 1"):
        interpret(power, [1.0])
    with pytest.raises(TypeError, match="not of type i32"):
        interpret(power, [1.0, 2.0])
    with pytest.raises(OverflowError):
        interpret(power, [1.0, 2**31])
    with pytest.raises(EvaluationError, match="too many steps"):
        interpret(power, [1.0, 10], max_steps=5)
    endless = function(parse("func.func @f() {\n  cf.br ^a\n^a:\n  cf.br ^a\n}"), "f")
    with pytest.raises(EvaluationError, match="too many steps"):
        interpret(endless, [], max_steps=1000)
    unset = parse(
        "func.func @f() -> i32 {\n  %0 = memref.alloca() : memref<i32>\n"
        "  %1 = memref.load %0[] : memref<i32>\n  return %1 : i32\n}"
    )
    with pytest.raises(EvaluationError, match="before anything is stored"):
        interpret(function(unset, "f"), [])


def test_numpy_scalars_are_welcome() -> None:
    power = function(build(POWER), "power")
    assert interpret(power, [np.float32(2), np.int32(3)]) == [8.0]


@given(functions(), st.integers(-5, 5), st.floats(-10, 10, width=32))
def test_run_agrees_with_interpret(func, n, x) -> None:
    samples = {i32: n, f32: x}
    args = [samples[type] for type in func.attributes["function_type"].inputs]
    module = new_module()
    module.body.blocks[0].append(func)
    results = interpret(func, args)
    found = run(module, "sample", *args)
    assert str(found) == str(results[0] if len(results) == 1 else tuple(results))


# whole modules --------------------------------------------------------------------------------

PROGRAM = """
fn fibonacci(n: i32) -> i32 {
    if n < 2 { return n; }
    return fibonacci(n - 1) + fibonacci(n - 2);
}
fn forever(n: i32) -> i32 { return forever(n + 1); }
fn count(n: i32) -> i32 { let s = 0; for i in 2..n { s = s + i; } return s; }
fn softmax(x: f32[n, m]) -> f32[n, m] {
    let e = exp(x - max(x, axis=1));
    return e / sum(e, axis=1);
}
fn layer(x: f32[n, 3], w: f32[3, k], b: f32[k]) -> f32[n, k] { return max(x @ w + b, 0.0); }
fn total(x: f64[n]) -> f64 { return sum(x); }
fn flip(x: i32[n, m]) -> i32[m, n] { return transpose(x) * 2; }
"""


@pytest.fixture(scope="module", params=[{}, {"slots": True}])
def program(request) -> Operation:
    return build(PROGRAM, **request.param)


def test_calls(program) -> None:
    assert run(program, "fibonacci", 12) == 144
    assert run(program, "count", 5) == 9
    assert run(program, "count", -5) == 0
    with pytest.raises(EvaluationError, match="nested too deeply"):
        run(program, "forever", 0)
    with pytest.raises(EvaluationError, match="too many steps"):
        run(program, "fibonacci", 12, max_steps=100)


def test_tensors(program) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((4, 3)).astype(np.float32)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        run(program, "softmax", x), e / e.sum(axis=1, keepdims=True), rtol=1e-6
    )
    w = rng.standard_normal((3, 5)).astype(np.float32)
    b = rng.standard_normal(5).astype(np.float32)
    found = run(program, "layer", x, w, b)
    np.testing.assert_allclose(found, np.maximum(x @ w + b, 0), rtol=1e-5, atol=1e-6)
    assert found.dtype == np.float32
    assert run(program, "total", [0.5, 0.25]) == 0.75
    assert run(program, "total", np.zeros(0)) == 0.0
    assert run(program, "flip", [[1, 2, 3], [4, 5, 6]]).tolist() == [[2, 8], [4, 10], [6, 12]]


def test_results_are_fresh() -> None:
    module = parse("func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {\n  return %x : f32\n}")
    x = np.ones(3, np.float32)
    found = run(module, "f", x)
    found[0] = 5
    assert x[0] == 1


def test_arguments_are_checked(program) -> None:
    with pytest.raises(TypeError, match="float64"):
        run(program, "softmax", np.ones((2, 2)))
    with pytest.raises(ValueError, match="shape"):
        run(program, "softmax", np.ones(2, np.float32))
    with pytest.raises(TypeError, match="takes 1 arguments"):
        run(program, "softmax")
    with pytest.raises(KeyError):
        run(program, "nothing")
    with pytest.raises(
        ValueError,
        match=r"^the size \w+ is 4 by axis \d of argument \d, and 5 by axis \d of argument \d$",
    ):
        run(
            program,
            "layer",
            *[np.ones((2, 3), np.float32), np.ones((3, 4), np.float32), np.ones(5, np.float32)],
        )


def test_structured_form_agrees_with_the_flat_one() -> None:
    source = """
fn collatz(n: i32) -> i32 {
    let steps = 0;
    while n != 1 { if n % 2 == 0 { n = n / 2; } else { n = 3 * n + 1; } steps = steps + 1; }
    return steps;
}
fn sums(n: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in i..n { if j % 2 == 0 { s = s + j; } } }
    return s;
}
"""
    flat, structured = build(source), build(source, structured=True)
    for n in range(1, 12):
        for name in ("collatz", "sums"):
            assert run(structured, name, n) == run(flat, name, n)


def test_index_arithmetic() -> None:
    text = """
func.func @f(%x: tensor<?x?xf32>) -> index {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = tensor.dim %x, %0 : tensor<?x?xf32>
  %3 = tensor.dim %x, %1 : tensor<?x?xf32>
  %4 = arith.muli %2, %3 : index
  return %4 : index
}
"""
    assert run(parse(text), "f", np.zeros((3, 4), np.float32)) == 12


def test_a_large_function_is_decoded_without_recursion() -> None:
    func = write_function(lambda n: n // 2, 5000)
    assert func.body.blocks
    types = {i32: 1, f32: 0.5, i1: True, i64: 1, index: 1}
    args = [types[type] for type in func.attributes["function_type"].inputs]
    interpret(func, args)
