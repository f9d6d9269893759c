"""Parallel loops on several threads: the same bits for any number of them, and the same errors."""

import shutil
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.build import build
from tern.cost import AVX2, SSE2, Machine
from tern.ir import EvaluationError, Operation, functions, parse, run, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.passes.gather import gather
from tern.passes.parallelize import parallelize_outermost
from tern.targets import threads
from tern.targets.native_loops import NativeLoops
from tests.tern.loop_programs import arguments, programs, sizes
from tests.tern.passes.test_for_machine import FLAGS, KERNELS, inputs
from tests.turns import tries

pytest.importorskip("llvmlite")

from tern.targets.llvm import compile_llvm

NUMBERS = (1, 2, 3, 7)
SUMS = {
    "all": "fn f(x: f32[n, m]) -> f32 { return sum(x); }",
    "squares": "fn f(x: f32[n, m], s: f32[m]) -> f32 { return sum(s * s); }",
    "both": """fn f(x: f32[n, m], s: f32[m]) -> f32[n, m] {
        return x * sum(s) + max(s) + sum(x);
    }""",
}


def parallel(source: str, machine: Machine = AVX2) -> Operation:
    module = lower_source(source, ["f"])
    permit(module, *FLAGS)
    for_machine(module, machine, parallel=True)
    verify(module)
    assert str(parse(str(module))) == str(module) and "affine.parallel" in str(module)
    return functions(module)[0]


@pytest.mark.rotates(4)
@pytest.mark.parametrize("name", [*KERNELS, *SUMS])
def test_the_same_bits_for_any_number_of_threads(name) -> None:
    source = {**KERNELS, **SUMS}[name]
    func = parallel(source)
    compiled = [compile_llvm(func, threads=number) for number in NUMBERS]
    for n, m in ((3, 5), (150, 64), (11, 5000)):
        m = min(m, 100) if name == "dense" else m
        given = inputs(source, n, m)
        outs = [np.zeros((n, m) if "-> f32[" in source else (), "f4") for _ in compiled]
        for call, out in zip(compiled, outs):
            call(*given, out)
        assert all(out.tobytes() == outs[0].tobytes() for out in outs)
        assert np.allclose(outs[0], run(build(source), "f", *given), rtol=2e-3, atol=2e-4)


def test_cpp_on_threads() -> None:
    if not any(map(shutil.which, ("g++", "clang++", "c++"))):
        pytest.skip("no C++ compiler is here")
    from tern.targets.cpp import compile_cpp

    for name in ("softmax", "both"):
        source = {**KERNELS, **SUMS}[name]
        func = parallel(source, SSE2)
        given, outs = inputs(source, 50, 33), [np.zeros((50, 33), "f4") for _ in "abc"]
        compile_llvm(func)(*given, outs[0])
        for number, out in zip((1, 3), outs[1:]):
            compile_cpp(func, threads=number)(*given, out)
        assert outs[0].tobytes() == outs[1].tobytes() == outs[2].tobytes()


@settings(max_examples=tries(6, long=500), deadline=None)
@given(st.data(), sizes, st.integers(0, 99), st.sampled_from([2, 3, 7]))
def test_random_programs(data, sizes, seed, number) -> None:
    source, shape = data.draw(programs("i32"))
    dims = {name: 9 * size % 13 + 1 for name, size in sizes.items()}
    module, plain = lower_source(source), lower_source(source)
    for_machine(module, SSE2, parallel=True)
    verify(module)
    given, outs = arguments(dims, seed, "i32"), []
    for call in (
        lambda *args: run_loops(functions(plain)[0], args),
        lambda *args: run_loops(functions(module)[0], args),
        compile_llvm(functions(module)[0]),
        compile_llvm(functions(module)[0], threads=number),
    ):
        outs.append(np.zeros([dims.get(n, n) for n in shape], "i4"))
        call(*given, outs[-1])
    assert all(np.array_equal(out, outs[0]) for out in outs)


@settings(max_examples=tries(30, long=500), deadline=None)
@given(st.data(), sizes, st.integers(0, 99))
def test_what_is_gathered_is_the_same(data, sizes, seed) -> None:
    source, shape = data.draw(programs())
    module, plain = lower_source(source), lower_source(source)
    for each in (module, plain):
        parallelize_outermost(each)
    gather(functions(module)[0])
    verify(module)
    given, outs = arguments(sizes, seed), []
    for each in (module, plain):
        outs.append(np.zeros([sizes.get(n, n) for n in shape], "f4"))
        run_loops(functions(each)[0], [*given, outs[-1]])
    assert outs[0].tobytes() == outs[1].tobytes()


@given(st.integers(-9, 9), st.integers(-9, 40), st.integers(1, 5), st.integers(1, 8))
def test_pieces(low, high, step, number) -> None:
    """All iterations, each once, in order, and as even as can be."""
    found = threads.pieces(low, high, step, number)
    assert [i for a, b in found for i in range(a, b, step)] == list(range(low, high, step))
    lengths = [len(range(a, b, step)) for a, b in found]
    assert len(found) <= number and (not found or 0 < max(lengths) <= min(lengths) + 1)


def test_they_run_at_once(monkeypatch) -> None:
    """Each piece waits until all have begun."""
    func = parallel("fn f(x: f32[n, m]) -> f32[n, m] { return tanh(x); }")
    call, plain, barrier = compile_llvm(func, threads=3), NativeLoops.run, threading.Barrier(3)
    names = set()

    def waiting(self, *args) -> None:
        barrier.wait(timeout=60)
        names.add(threading.current_thread().name)
        plain(self, *args)

    monkeypatch.setattr(NativeLoops, "run", waiting)
    x, out = np.ones((9, 40), "f4"), np.zeros((9, 40), "f4")
    call(x, out)
    assert len(names) == 3 and np.allclose(out, np.tanh(1), rtol=1e-6)


def test_the_first_error_counts() -> None:
    """As in one thread: that of the first iteration which has no result."""
    source = "fn f(x: i32[n, m], y: i32[m]) -> i32[n, m] { return x / y; }"
    module = lower_source(source)
    parallelize_outermost(module)
    (func,) = functions(module)
    x, y = np.arange(40, dtype="i4").reshape(20, 2), np.array([3, 0], "i4")
    messages = []
    for number in (1, 4):
        with pytest.raises(EvaluationError) as raised:
            compile_llvm(func, threads=number)(x, y, np.zeros((20, 2), "i4"))
        messages.append(str(raised.value))
        assert source[raised.value.location.start : raised.value.location.end] == "x / y"
    assert messages[0] == messages[1]

    def fails(seconds: float, message: str) -> None:
        time.sleep(seconds)
        raise ValueError(message)

    with pytest.raises(ValueError, match="first"):
        threads.in_threads([lambda: None, lambda: fails(0.1, "first"), lambda: fails(0, "second")])


def test_arguments_that_overlap_run_in_order() -> None:
    text = """func.func @f(%a: memref<?xf32>, %b: memref<?xf32>, %n: index) {
      affine.parallel (%i) = (1) to (%n) {
        %x = affine.load %a[%i - 1] : memref<?xf32>
        affine.store %x, %b[%i] : memref<?xf32>
      }
      return
    }"""
    call = compile_llvm(functions(parse(text))[0], threads=4)
    array = np.arange(1000, dtype="f4")
    call(array, array, 1000)
    assert not array.any()
    array, out = np.arange(1000, dtype="f4"), np.zeros(1000, "f4")
    call(array, out, 1000)
    assert np.array_equal(out[1:], array[:-1])
    with pytest.raises(EvaluationError, match="goes from 1 to 1000"):
        call(array, out, 1001)


def test_a_fork_has_threads_of_its_own() -> None:
    assert threads._pool(2, 1) is threads._pool(2, 1)
    assert threads._pool(2, 1) is not threads._pool(2, 2)
