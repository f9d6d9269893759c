"""Parallel loops: which may be, and that any order of their iterations is as good."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.cost import AVX2
from tern.ir import functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import NestError
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.passes.parallelize import parallelize, parallelize_outermost
from tests.tern.loop_programs import arguments, programs, sizes


def nest_of(first, second, target) -> tuple:
    module = parse(f"""func.func @f(%a: memref<60x60xf32>) {{
        affine.for %i = 0 to 5 {{
            affine.for %j = 0 to 5 {{
                %x = affine.load %a[{first} + 24, {second} + 24] : memref<60x60xf32>
                affine.store %x, %a[{target}] : memref<60x60xf32>
            }}
        }}
        return
    }}""")
    (func,) = functions(module)
    return func, next(op for op in func.walk() if op.name == "affine.for")


subscripts = st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-5, 5)).map(
    lambda row: f"%i * {row[0]} + %j * {row[1]} + {row[2]}"
)


@settings(max_examples=150, deadline=None)
@given(subscripts, subscripts, st.sampled_from(["%i + 20, %j + 20", "%i + 20, 20", "20, %j + 20"]))
def test_any_order_is_as_good(first, second, target) -> None:
    """Of the loops that pass: forward, backward, and inside out, to the bit."""
    func, loop = nest_of(first, second, target)
    start = np.random.default_rng(2).random((60, 60), "f4")
    want = start.copy()
    run_loops(func, [want])
    try:
        parallelize(loop)
    except NestError as error:
        assert "carries the" in str(error)
        return
    verify(func)
    assert "affine.parallel (%arg1) = (0) to (5)" in str(func)
    for order in ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)):
        found = start.copy()
        for i in order:  # one iteration after the other, each as a loop of its own
            alone, one = nest_of(first, second, target)
            one.attributes = {**one.attributes, "lower": ((i,),), "upper": ((i + 1,),)}
            run_loops(alone, [found])
        assert np.array_equal(found, want)


def test_what_passes_and_what_does_not() -> None:
    """Brute force finds conflicts in the same loops."""
    for di, dj in itertools.product((-1, 0, 1), repeat=2):
        _, loop = nest_of(f"%i + {di}", f"%j + {dj}", "%i + 24, %j + 24")
        if di:
            with pytest.raises(NestError, match="carries the"):
                parallelize(loop)
        else:
            assert parallelize(loop).name == "affine.parallel"


def test_sums_are_refused_and_rows_are_not() -> None:
    module = lower_source("fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }")
    permit(module, "reassoc")
    assert parallelize_outermost(module) == []
    verify(module)
    assert str(module).count("affine.parallel") == 2 and str(module).count("affine.for") == 1
    module = lower_source("fn f(x: f32[n]) -> f32 { return sum(x); }")
    permit(module, "reassoc")
    (refused,) = parallelize_outermost(module)
    assert "the loop carries the " in refused[1]


@pytest.mark.parametrize("target", ["loops", "llvm"])
@settings(max_examples=20, deadline=None)
@given(st.data(), sizes, st.integers(0, 99))
def test_random_programs(target, data, sizes, seed) -> None:
    """Parallel first, then vectorized: every target that takes them gives the same."""
    source, shape = data.draw(programs("i32"))
    module, plain = lower_source(source), lower_source(source)
    parallelize_outermost(module)
    for_machine(module, AVX2)
    verify(module)
    assert str(parse(str(module))) == str(module)
    outs = [np.zeros([sizes.get(n, n) for n in shape], "i4") for _ in "ab"]
    given = arguments(sizes, seed, "i32")
    run_loops(functions(plain)[0], [*given, outs[0]])
    if target == "llvm":
        pytest.importorskip("llvmlite")
        from tern.targets.llvm import compile_llvm

        compile_llvm(functions(module)[0])(*given, outs[1])
    else:
        run_loops(functions(module)[0], [*given, outs[1]])
    assert np.array_equal(*outs)


def test_mlir_accepts_it() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    source = "fn f(x: f32[n, m], y: f32[m]) -> f32[n, m] { return tanh(x) * y; }"
    module = lower_source(source)
    parallelize_outermost(module)
    for_machine(module, AVX2)
    assert "affine.parallel" in str(module) and "vector<" in str(module)
    with mlir.Context():
        assert mlir.Module.parse(str(module)).operation.verify()
    for source in ("f32[n, m] { return softmax(x @ y) * sum(x); }", "f32 { return sum(x * x); }"):
        module = lower_source(f"fn f(x: f32[n, m], y: f32[m, m]) -> {source}")
        permit(module, "reassoc")
        for_machine(module, AVX2, parallel=True)
        with mlir.Context():
            assert mlir.Module.parse(str(module)).operation.verify()


@pytest.mark.parametrize("target", ["numba", "tvm"])
def test_other_targets_refuse_them_in_a_line(target) -> None:
    pytest.importorskip(target)
    from tern.targets.interface import target as named

    module = lower_source("fn f(x: f32[n, m]) -> f32[n, m] { return x + x; }")
    parallelize_outermost(module)
    error = named(target).why_not(functions(module)[0])
    assert error is not None and "affine.parallel" in str(error) and "\n" not in str(error)
    vectors = lower_source("fn f(x: f32[n, m]) -> f32[n, m] { return x + x; }")
    for_machine(vectors, AVX2)
    error = named(target).why_not(functions(vectors)[0])
    assert error is not None and "vector" in str(error) and "\n" not in str(error)
