"""What machine code of loops must do, whoever compiles it: LLVM, or a C++ compiler."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from tern.ir import EvaluationError, Operation, functions, parse
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import schedule
from tern.targets import python_source
from tern.targets.cpp import build, compile_cpp
from tern.targets.native_loops import NativeLoops, address

Compile = Callable[[Operation], NativeLoops]

MATMUL = "fn matmul(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"
SHIFTED = """func.func @f(%a: memref<?xf32>, %b: memref<?xf32>, %n: index) {
  affine.for %i = 1 to %n {
    %x = affine.load %a[%i - 1] : memref<?xf32>
    affine.store %x, %b[%i] : memref<?xf32>
  }
  return
}"""


@pytest.fixture(params=["llvm", "cpp"])
def compile(request: pytest.FixtureRequest) -> Any:
    if request.param == "llvm":
        if find_spec("llvmlite") is None:
            pytest.skip("llvmlite is not here")
        from tern.targets.llvm import compile_llvm

        return compile_llvm
    try:
        build.compiler()
    except build.CompilerError as error:
        pytest.skip(str(error))
    return compile_cpp


def loops(source: str) -> Operation:
    return functions(lower_source(source))[0]


def message(call: Callable, *arguments: Any) -> str:
    with pytest.raises(EvaluationError) as raised:
        call(*arguments)
    return str(raised.value)


@pytest.mark.parametrize("tiles", [None, (3, 4, 5), (0, 2, 0)])
def test_matmul_of_any_layout(compile: Compile, tiles: Any) -> None:
    module = lower_source(MATMUL)
    schedule(module, ["i", "k", "j"], tiles)
    (func,) = functions(module)
    native, numbers = compile(func), np.random.default_rng(1)
    for n, k, m in ((7, 8, 9), (1, 1, 1), (0, 3, 2), (2, 0, 3)):
        a, b = numbers.random((n, k), "f4"), numbers.random((k, m), "f4")
        want, out = np.zeros((n, m), "f4"), np.full((n, m), np.nan, "f4")
        run_loops(func, [a, b, want])
        native(a, b, out)
        assert np.array_equal(out, want)
        every = np.zeros((2 * n, m), "f4")
        native(np.asfortranarray(a), b[:, ::-1].copy()[:, ::-1], every[::2])
        assert np.array_equal(every[::2], want) and not every[1::2].any()
    odd = np.frombuffer(bytearray(4 * 6 + 1), "f4", 6, offset=1).reshape(2, 3)  # between elements
    native(np.ones((2, 4), "f4"), np.ones((4, 3), "f4"), odd)
    assert np.array_equal(odd, np.full((2, 3), 4, "f4"))


def test_arguments_may_overlap(compile: Compile) -> None:
    """Then the text without a promise is compiled."""
    (func,) = functions(parse(SHIFTED))
    native, array = compile(func), np.arange(100, dtype="f4")
    native(array, array, 100)
    assert np.array_equal(array, np.zeros(100, "f4"))
    a, b = np.arange(100, dtype="f4"), np.zeros(100, "f4")
    native(a, b, 100)
    assert np.array_equal(b[1:], a[:-1])


def test_arguments_are_checked_before_anything_runs(compile: Compile) -> None:
    native = compile(functions(lower_source(MATMUL))[0])
    a, out = np.zeros((3, 4), "f4"), np.zeros((3, 3), "f4")
    with pytest.raises(EvaluationError, match="the size k is 4 by"):
        native(a, a[:2], out)
    with pytest.raises(TypeError, match="an array of float64"):
        native(a, a.T, out.astype("f8"))
    (func,) = functions(parse(SHIFTED))
    with pytest.raises(EvaluationError, match="goes from 1 to 4 along axis 0 of a buffer"):
        compile(func)(np.zeros(4, "f4"), np.zeros(4, "f4"), 5)


def test_a_failure_is_the_interpreters(compile: Compile) -> None:
    source = "fn f(x: i32[n], y: i32[n]) -> i32[n] { return x / y; }"
    x, y = np.array([6, -(2**31)], "i4"), np.array([4, -1], "i4")
    with pytest.raises(EvaluationError, match=r"^-2147483648 / -1 does not fit an i32$") as raised:
        compile(loops(source))(x, y, x.copy())
    assert source[raised.value.location.start : raised.value.location.end] == "x / y"


def test_subscripts_that_are_numbers_of_the_program_are_checked(compile: Compile) -> None:
    func = loops("fn f(x: f32[n, m], at: i32[k]) -> f32[k, m] { return take(x, at); }")
    native, x = compile(func), np.arange(6, dtype="f4").reshape(3, 2)
    out = np.zeros((2, 2), "f4")
    native(x, np.array([2, 0], "i4"), out)
    assert np.array_equal(out, x[[2, 0]])
    for wrong in (3, -1):
        arrays = [x, np.array([0, wrong], "i4"), out]
        assert message(native, *arrays) == message(run_loops, func, arrays)


def test_steps_near_the_largest_number(compile: Compile) -> None:
    """The induction variable stays below the bound, and does not wrap around it."""
    text = """func.func @f(%a: memref<1xi64>, %from: index, %to: index) {
      affine.for %i = %from to %to step 4 {
        %x = affine.load %a[0] : memref<1xi64>
        %one = arith.constant 1 : i64
        %y = arith.addi %x, %one : i64
        affine.store %y, %a[0] : memref<1xi64>
      }
      return
    }"""
    count = np.zeros(1, "i8")
    compile(functions(parse(text))[0])(count, 2**63 - 6, 2**63 - 1)
    assert count[0] == 2


def test_many_nests_are_functions(compile: Compile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_source, "MAX_NESTS", 0)
    func = loops("fn f(x: i32[n, m], y: i32[m]) -> i32[n, m] { return (x + 1) / y + 1 + x; }")
    native = compile(func)
    assert "f_nest1(" in native.source
    x, y = np.arange(6, dtype="i4").reshape(2, 3), np.array([1, 2, 3], "i4")
    for rows in (x, np.asfortranarray(x)):
        out, want = np.zeros((2, 3), "i4"), np.zeros((2, 3), "i4")
        native(rows, y, out)
        run_loops(func, [rows, y, want])
        assert np.array_equal(out, want)
    with pytest.raises(EvaluationError, match="division by zero"):
        native(x, np.zeros(3, "i4"), x.copy())


@pytest.mark.parametrize("dtype", [np.bool_, np.int64, np.float16, "bfloat16"])
def test_where_an_array_is(dtype: Any) -> None:
    if dtype == "bfloat16":
        dtype = pytest.importorskip("ml_dtypes").bfloat16
    array = np.zeros((4, 6), dtype)
    locked = array.copy()
    locked.flags.writeable = False
    for each in (array, array[1:], array[:, 1:], array[::2], array[0, 0:0], locked):
        assert address(each) == each.ctypes.data
