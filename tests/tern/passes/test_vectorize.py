"""Vector loops: which loops may be, what they compute, and what MLIR and LLVM say of them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tern.analysis.vectors import vector_obstacle
from tern.ir import EvaluationError, Operation, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import NestError, fuse_all
from tern.passes.fast_math import permit
from tern.passes.vectorize import vectorize, vectorize_all
from tern.targets.bounds import check_bounds
from tern.targets.errors import EmitError
from tests.tern.loop_programs import arguments, programs, same, sizes
from tests.turns import tries


def loop_of(body, bounds="0 to 40", step="", before="") -> tuple[Operation, Operation]:
    """A function of one loop over buffers of 100 numbers, and the loop."""
    text = f"""func.func @f(%a: memref<100xf32>, %b: memref<100xf32>, %n: memref<100xi32>,
            %s: memref<f32>, %m: memref<9x100xf32>, %x: f32, %k: index) {{
        {before}
        affine.for %i = {bounds} {step} {{
            {body}
        }}
        return
    }}"""
    module = parse(text)
    verify(module)
    (func,) = functions(module)
    return func, next(op for op in func.walk() if op.name == "affine.for")


def copy(source, target, buffer="a") -> str:
    return (
        f"%v = affine.load %{buffer}[{source}] : memref<100xf32>\n"
        f"affine.store %v, %a[{target}] : memref<100xf32>"
    )


SUM = """%v = affine.load %a[%i] : memref<100xf32>
    %t = affine.load %s[] : memref<f32>
    %u = {name} %t, %v{flags} : f32
    affine.store %u, %s[] : memref<f32>"""

OBSTACLES = [
    (copy("%i", "%i + 50"), ""),
    (copy("%i + 1", "%i"), ""),  # what it overwrites was loaded before
    (copy("%i", "%i + 8"), ""),  # eight iterations on: just far enough
    (copy("%i", "%i + 7"), "flow dependence (7) goes against"),
    (copy("%i", "%i + 1"), "flow dependence (1) goes against"),
    (copy("0", "%i", "b"), ""),
    (copy("0", "%i"), "goes against the order"),
    (copy("%i * 2", "%i", "b"), "takes a gather"),
    (copy("-%i + 99", "%i", "b"), "takes a gather"),
    (copy("%i", "5", "b"), "every iteration stores to the same element"),
    (SUM.format(name="arith.addf", flags=""), "without reassoc it must not change"),
    (SUM.format(name="arith.addf", flags=" fastmath<reassoc>"), ""),
    (SUM.format(name="arith.subf", flags=" fastmath<reassoc>"), ""),
    (SUM.format(name="arith.maximumf", flags=""), ""),
    (SUM.format(name="arith.divf", flags=""), "every iteration stores to the same element"),
    (
        "%v = affine.load %n[%i] : memref<100xi32>\n%w = arith.divsi %v, %v : i32\n"
        "affine.store %w, %n[%i] : memref<100xi32>",
        "arith.divsi may fail",
    ),
    (
        "%v = arith.index_cast %i : index to i32\naffine.store %v, %n[%i] : memref<100xi32>",
        "uses the induction variable as a number",
    ),
    ("%v = memref.load %a[%k] : memref<100xf32>", "memref.load has no form for vectors"),
    ("affine.for %j = 0 to 9 {\n}", "the loop is not innermost"),
]


@pytest.mark.parametrize(("body", "why"), OBSTACLES)
def test_obstacles(body, why) -> None:
    """Each with its reason, and with it for nobody to change a thing."""
    func, loop = loop_of(body)
    found = vector_obstacle(loop, 8)
    assert bool(found) == bool(why) and why in found
    text = str(func)
    if why:
        with pytest.raises(NestError):
            vectorize(loop, 8)
        assert str(func) == text
    else:
        vectorize(loop, 8)
        verify(func)
        assert "vector<8x" in str(func)


def test_steps_and_bounds() -> None:
    assert vector_obstacle(loop_of(copy("%i", "%i", "b"), step="step 2")[1], 8)
    odd = "affine_map<(d0) -> (d0 + 1)>(%k) to 40"
    with pytest.raises(NestError, match="not known to be a multiple of 8"):
        vectorize(loop_of(copy("%i", "%i", "b"), odd)[1], 8)
    with pytest.raises(NestError, match="a vector of 0 lanes"):
        vectorize(loop_of(copy("%i", "%i", "b"))[1], 0)


offsets = st.integers(-6, 6)


@settings(max_examples=tries(60, long=600), deadline=None)
@given(
    st.lists(st.tuples(offsets, offsets, offsets, st.booleans()), min_size=1, max_size=3),
    st.integers(0, 23),
    st.sampled_from([2, 3, 4, 8]),
)
def test_recurrences_that_pass_keep_their_results(statements, count, lanes) -> None:
    """Statements that read and write one buffer, at all kinds of distances. To the bit."""
    lines = []
    for number, (first, second, target, moves) in enumerate(statements):
        other = f"%i + {second + 20}" if moves else str(second + 20)
        lines += [
            f"%p{number} = affine.load %a[%i + {first + 20}] : memref<100xf32>",
            f"%q{number} = affine.load %a[{other}] : memref<100xf32>",
            f"%r{number} = arith.mulf %p{number}, %q{number} : f32",
            f"%t{number} = arith.addf %r{number}, %x : f32",
            f"affine.store %t{number}, %a[%i + {target + 20}] : memref<100xf32>",
        ]
    func, loop = loop_of("\n".join(lines), f"0 to {count}")
    random = np.random.default_rng(1)
    plain = [random.random(100, "f4"), *ARRAYS[1:]]
    changed = [plain[0].copy(), *ARRAYS[1:]]
    run_loops(func, [*plain, 0])
    try:
        vectorize(loop, lanes)
    except NestError:
        assume(False)
    verify(func)
    assert str(parse(str(func))) == str(parse(str(parse(str(func)))))
    run_loops(func, [*changed, 0])
    assert np.array_equal(plain[0], changed[0])


ARRAYS = (
    np.zeros(100, "f4"),
    np.zeros(100, "f4"),
    np.zeros(100, "i4"),
    np.zeros((), "f4"),
    np.zeros((9, 100), "f4"),
    0.0,
)


def test_what_is_refused_would_be_wrong(monkeypatch) -> None:
    """Forced, the loop that reaches seven iterations on computes something else in eight lanes."""
    results = []
    for forced in (False, True):
        func, loop = loop_of(copy("%i", "%i + 7"))
        if forced:
            monkeypatch.setattr("tern.passes.vectorize.vector_obstacle", lambda loop, lanes: "")
            vectorize(loop, 8)
        results.append(np.arange(100, dtype="f4"))
        run_loops(func, [results[-1], *ARRAYS[1:], 0])
    assert not np.array_equal(*results)


@pytest.mark.parametrize("target", ["loops", "llvm"])
@settings(max_examples=tries(25, long=500), deadline=None)
@given(
    st.data(),
    sizes,
    st.integers(0, 99),
    st.sampled_from(["f32", "i32"]),
    st.sampled_from([2, 4, 8]),
)
def test_random_programs(target, data, sizes, seed, element, lanes) -> None:
    """Of tensors, fused and vectorized: what they computed before."""
    source, shape = data.draw(programs(element))
    dims = {name: 7 * size % 11 + 1 for name, size in sizes.items()}
    module = lower_source(source)
    fuse_all(module)
    if element == "f32":
        permit(module, "reassoc")
    (func,) = functions(module)
    dtype = {"f32": "float32", "i32": "int32"}[element]
    given = arguments(dims, seed, element)
    out = [np.zeros([dims.get(n, n) for n in shape], dtype) for _ in "ab"]
    run_loops(func, [*given, out[0]])
    vectorize_all(module, lambda loop: lanes)
    verify(module)
    assert str(parse(str(module))) == str(module)
    if target == "llvm":
        pytest.importorskip("llvmlite")
        from tern.targets.llvm import compile_llvm

        try:
            native = compile_llvm(func)
        except ValueError:  # tanh is for expand_math
            assume(False)
        native(*given, out[1])
    else:
        check_bounds(func, [*given, out[1]])
        run_loops(func, [*given, out[1]])
    assert same(out[1], out[0])


def test_reasons_of_a_whole_module() -> None:
    module = lower_source("fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return exp(a) @ b; }")
    refused = vectorize_all(module, lambda loop: 8)
    assert [why for _, why in refused] == [
        "affine.load does not go from an element to the next: that takes a gather"
    ]


def test_permit() -> None:
    func, _ = loop_of(SUM.format(name="arith.addf", flags=" fastmath<contract>"))
    assert permit(func, "reassoc") == 1
    assert "fastmath<reassoc,contract>" in str(func)
    with pytest.raises(ValueError, match="'fast' is not one of"):
        permit(func, "fast")


def test_mlir_accepts_it_and_computes_the_same() -> None:
    """The real one, which lowers vectors to LLVM by its own passes."""
    pytest.importorskip("torch_mlir")
    from torch_mlir import ir
    from torch_mlir.passmanager import PassManager

    module = lower_source(
        "fn f(x: f32[n, m], b: f32[m]) -> f32[n, m] { return x * x + sum(x, axis=1) + b; }"
    )
    fuse_all(module)
    permit(module, "reassoc", "contract")
    assert vectorize_all(module, lambda loop: 8) == []
    text = str(module)
    with ir.Context():
        theirs = ir.Module.parse(text)
        assert theirs.operation.verify()
        passes = "lower-affine, convert-vector-to-llvm, convert-scf-to-cf, finalize-memref-to-llvm"
        PassManager.parse(f"builtin.module({passes})").run(theirs.operation)
        assert "llvm.intr.vector.reduce.fadd" in str(theirs)


def test_arrays_that_vectors_do_not_fit() -> None:
    """Elements that are not side by side, and buffers that overlap, go through copies."""
    pytest.importorskip("llvmlite")
    from tern.targets import llvm

    func, loop = loop_of(copy("%i", "%i", "b"))
    vectorize(loop, 8)
    native = llvm.compile_llvm(func)
    wide = np.arange(400, dtype="f4")
    a, b = wide[:200:2], wide[200::2]
    rest = [np.zeros(100, "i4"), np.zeros((), "f4"), np.zeros((9, 100), "f4"), 0.0, 0]
    want = np.concatenate([b[:40], a[40:]])
    native(a, b, *rest)
    assert np.array_equal(a, want)


def test_bounds_of_vectors_are_checked() -> None:
    """The last lane counts, not the first."""
    func, _ = loop_of("%v = affine.vector_load %a[%i] : memref<100xf32>, vector<8xf32>", "0 to 94")
    for check in (check_bounds, run_loops):
        with pytest.raises(EvaluationError, match=r"100|93 to 100"):
            check(func, [*ARRAYS, 0])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("arith.truncf", "f64", "f16"), ("arith.sitofp", "i32", "f16"), ("arith.extf", "bf16", "f32")],
)
def test_conversions_that_would_be_calls_are_refused(name, before, after) -> None:
    """LLVM takes some of them, and the process ends where it calls what is not there."""
    pytest.importorskip("llvmlite")
    from tern.targets import llvm

    module = parse(f"""func.func @f(%a: memref<8x{before}>, %b: memref<8x{after}>) {{
        %v = affine.vector_load %a[0] : memref<8x{before}>, vector<8x{before}>
        %w = {name} %v : vector<8x{before}> to vector<8x{after}>
        affine.vector_store %w, %b[0] : memref<8x{after}>, vector<8x{after}>
        return
    }}""")
    verify(module)
    with pytest.raises(EmitError, match="has no form in LLVM IR"):
        llvm.llvm_text(*functions(module))
