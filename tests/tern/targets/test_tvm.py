"""Loop nests, and functions of tensors, as TVMScript, and compiled with TVM."""

import builtins
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern import types
from tern.build import build
from tern.ir import EvaluationError, Operation, functions, parse
from tern.ir.arrays import dtype_of
from tern.lower import lower_source
from tern.passes import erase_dead_operations, fuse_all, schedule
from tern.targets.errors import EmitError
from tern.targets.tvm import compile_tvm, emit_tvm, tvm_module
from tests.tern.loop_programs import arguments, programs, same, sizes
from tests.tern.random_programs import EXAMPLES
from tests.tern.targets.test_numba import SCALARS, agree, elementwise
from tests.turns import tries

pytest.importorskip("tvm")

MATMUL = "fn matmul(a: f32[m, k], b: f32[k, n]) -> f32[m, n] { return a @ b; }"

SCRIPT = """\
# from typing import TypeVar
# from tvm.script import tirx as T

M = TypeVar("M")
K = TypeVar("K")
N = TypeVar("N")

@T.prim_func(s_tir=True)
def matmul(
    a: T.Buffer((M, K), "float32"),
    b: T.Buffer((K, N), "float32"),
    out: T.Buffer((M, N), "float32"),
):
    T.func_attr({"tirx.noalias": True})
    for i, j, k in T.grid(M, N, K):
        with T.sblock("matmul"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                out[vi, vj] = T.float32(0.0)
            out[vi, vj] = out[vi, vj] + a[vi, vk] * b[vk, vj]
"""


def lowered(source) -> list[Operation]:
    return functions(lower_source(source))


def round_trip(script) -> bool:
    """Whether TVM's own text of a module means the module."""
    import tvm.script
    import tvm_ffi

    mod = tvm_module(script)
    return tvm_ffi.structural_equal(mod, tvm.script.from_source(mod.script()))


def blocks(script) -> list[str]:
    """The names of the blocks of a script, in the order of the text."""
    return [line.split('"')[1] for line in script.splitlines() if "with T.sblock(" in line]


def test_script() -> None:
    assert emit_tvm(lowered(MATMUL)[0]) == SCRIPT
    assert round_trip(SCRIPT)


def test_script_of_a_function_of_tensors() -> None:
    """Lowered on the way: the types know the names of sizes, and nothing those of arguments."""
    script = emit_tvm(functions(build(MATMUL))[0])
    assert 'c: T.Buffer((M, N), "float32"),' in script
    assert "c[vi, vj] = c[vi, vj] + a[vi, vk] * b[vk, vj]" in script
    known = MATMUL.replace("m, k", "4, 5").replace("k, n", "5, 6").replace("m, n", "4, 6")
    script = emit_tvm(functions(build(known))[0])
    assert "TypeVar" not in script and "for i, j, k in T.grid(4, 6, 5):" in script


NETWORKS = ("minilm", "resnet18")  # whole ones are in tests/tern/targets/test_networks.py


def loop_functions() -> Iterator[Any]:
    for path in EXAMPLES:
        if path.stem in NETWORKS:
            continue
        try:
            yield from functions(lower_source(path.read_text()))
        except ValueError:  # while loops, and branches
            continue


def example_arguments(func, size) -> list:
    """Random arguments of a function of loops in which all unknown sizes are `size`."""
    random, args = np.random.default_rng(0), []
    for arg in func.body.blocks[0].args:
        shape = getattr(arg.type, "shape", None)
        if shape is None:
            args.append(0.75)
        else:
            args.append(random.random([s if isinstance(s, int) else size for s in shape], "f4"))
    return args


@pytest.mark.parametrize("func", loop_functions(), ids=lambda func: func.attributes["sym_name"])
def test_examples(func) -> None:
    script = emit_tvm(func)
    assert round_trip(script)
    assert max(map(len, script.splitlines())) <= 82
    assert "range(" not in script or blocks(script)  # nothing is left outside of blocks
    name = func.attributes["sym_name"]
    module = build(next(p.read_text() for p in EXAMPLES if f"fn {name}(" in p.read_text()))
    *args, out = example_arguments(func, 7)
    compile_tvm(func)(*args, out)
    assert same(out, np.asarray(tern.run(module, name, *args)))


def test_blocks_are_named_after_what_they_do() -> None:
    (softmax,) = lowered("""fn softmax(x: f32[n, m]) -> f32[n, m] {
        let e = exp(x - max(x, axis=1));
        return e / sum(e, axis=1);
    }""")
    script = emit_tvm(softmax)
    assert blocks(script) == ["max", "sub", "exp", "sum", "div"]
    assert 't_exp = T.sblock_alloc_buffer((N, M), "float32")' in script
    assert script.count("with T.init():") == 2
    assert "t_max[vi] = T.max(t_max[vi], x[vi, vj])" in emit_tvm(softmax, nan=False)
    assert blocks(emit_tvm(softmax, init=False)) == [
        "fill",
        "max",
        "sub",
        "exp",
        "fill_2",
        "sum",
        "div",
    ]


def test_names_do_not_collide() -> None:
    source = """fn range(i: f32[n, m], N: f32[m], T: f32[m], vi: f32[m]) -> f32[n, m] {
        return i + N * T + vi;
    }"""
    (func,) = lowered(source)
    i, n = np.ones((2, 3), "f4"), np.arange(3, dtype="f4")
    out = np.empty((2, 3), "f4")
    compile_tvm(func)(i, n, n, n, out)
    assert np.array_equal(out, i + n * n + n)


@pytest.mark.parametrize("chosen", [
    (["i", "k", "j"],), (["i", "k", "j"], (3, 4, 5)), (["k", "j", "i"], (0, 2, 0)),
    (["i", "k", "j"], (0, 4, 8), (2, 4, 1)),
])  # fmt: skip
def test_nests_that_tern_scheduled(chosen) -> None:
    module = lower_source(MATMUL)
    schedule(module, *chosen)
    compiled = compile_tvm(functions(module)[0])
    assert round_trip(compiled.source)
    random = np.random.default_rng(1)
    for n, k, m in ((7, 8, 9), (1, 1, 1), (0, 3, 2), (2, 0, 3)):
        a, b = random.random((n, k), "f4"), random.random((k, m), "f4")
        out = np.full((n, m), np.nan, "f4")
        compiled(a, b, out)
        assert np.allclose(out, a @ b, rtol=1e-5)


@pytest.mark.parametrize("k", [0, "k"])
def test_reducing_nothing_gives_what_the_reduction_starts_with(k) -> None:
    source = f"fn f(x: f32[n, {k}]) -> f32[n, 1] {{ return max(x, axis=1); }}"
    compiled = compile_tvm(lowered(source)[0])
    assert ("T.init()" in compiled.source) == (k == "k")
    out = np.zeros((3, 1), "f4")
    compiled(np.zeros((3, 0), "f4"), out)
    assert np.array_equal(out, np.full((3, 1), -np.inf, "f4"))


def test_arguments_that_are_numbers() -> None:
    source = """fn f(x: f32[n], flag: bool, step: i32, wide: i64, scale: f64) -> f32[n] {
        return x * f32(step) + f32(wide) + f32(flag) + f32(scale);
    }"""
    x, out = np.arange(5, dtype="f4"), np.zeros(5, "f4")
    compile_tvm(lowered(source)[0])(x, True, -3, 2**33, 0.5, out)
    assert np.array_equal(out, tern.run(source, "f", x, True, -3, 2**33, 0.5))


def test_half_precision() -> None:
    func = elementwise("%z = arith.mulf %x, %y : f16", "f16", "f16")
    x, out = np.array([0.1, 2, 300], "f2"), np.zeros(3, "f2")
    compile_tvm(func)(x, x, out)
    assert np.array_equal(out, x * x, equal_nan=True)


def test_what_has_a_name_of_its_own_may_be_of_bf16() -> None:
    source = "fn f(x: bf16[n, 5]) -> i64[n] { return argmax(x, axis=1, keepdims=false); }"
    (func,) = lowered(source)
    bf16 = dtype_of(types.bf16)
    x = np.random.default_rng(3).integers(-2, 3, (40, 5)).astype(bf16)
    expected = tern.run(source, "f", x)
    found = np.zeros(40, expected.dtype)
    compile_tvm(func)(x, found)
    assert np.array_equal(found, expected)


def test_any_layout() -> None:
    compiled = compile_tvm(lowered(MATMUL)[0])
    a, b = np.random.default_rng(2).random((2, 6, 6), "f4")
    out = np.zeros((12, 6), "f4")[::2]
    compiled(a.T, b[::-1], out)
    assert np.allclose(out, a.T @ b[::-1], rtol=1e-5)


def test_arguments_are_checked_before_anything_runs() -> None:
    compiled = compile_tvm(lowered(MATMUL)[0])
    a = np.zeros((3, 4), "f4")
    out = np.zeros((3, 3), "f4")
    with pytest.raises(
        EvaluationError, match="the size k is 4 by .*, and 2 by axis 0 of argument 2"
    ):
        compiled(a, a[:2], np.zeros((3, 4), "f4"))
    with pytest.raises(
        EvaluationError, match="the size m is 3 by .*, and 2 by axis 0 of argument 3"
    ):
        compiled(a, a.T, out[:2])
    unnamed = compile_tvm(functions(parse(str(lower_source(MATMUL))))[0])
    with pytest.raises(EvaluationError, match="along axis 0 of a buffer of shape"):
        unnamed(a, a.T, out[:2])
    with pytest.raises(TypeError, match="takes 3 arguments, not 2"):
        compiled(a, out)
    with pytest.raises(TypeError, match="an array of float64"):
        compiled(a, a.T, out.astype("f8"))
    with pytest.raises(ValueError, match="an array of shape"):
        compiled(a, a.T, out[0])
    compiled(a, a.T, out)


def test_what_tvm_has_no_form_for() -> None:
    text = "func.func @f(%c: i1) {\ncf.cond_br %c, ^bb1, ^bb1\n^bb1:\nreturn\n}"
    with pytest.raises(EmitError, match="@f is not a function of loops"):
        emit_tvm(functions(parse(text))[0])
    newton = next(path for path in EXAMPLES if path.stem == "newton")
    with pytest.raises(EmitError, match="^@newton is not a function of loops$"):
        emit_tvm(functions(build(newton.read_text()))[0])
    structured = build(
        "fn f(n: i32) -> i32 { while n > 3 { n = n - 1; } return n; }", structured=True
    )
    with pytest.raises(EmitError, match="^@f is not a function of loops$"):
        emit_tvm(functions(structured)[0])


def test_without_tvm_the_script_is_there_and_compiling_is_one_clear_line(monkeypatch) -> None:
    real = builtins.__import__

    def no_tvm(name, *rest):
        if name.partition(".")[0] == "tvm":
            raise ModuleNotFoundError("No module named 'tvm'", name="tvm")
        return real(name, *rest)

    (func,) = lowered(MATMUL)
    monkeypatch.setattr(builtins, "__import__", no_tvm)
    assert emit_tvm(func) == SCRIPT
    with pytest.raises(
        ModuleNotFoundError, match=r"^TVM is not installed: pip install apache-tvm==\S+ \S+$"
    ):
        compile_tvm(func)


def test_a_schedule_of_tvms_own_applies() -> None:
    """The block of tern's matmul, moved about by TVM, still computes the product."""
    import tvm

    compiled = compile_tvm(lowered(MATMUL)[0])
    sch = tvm.s_tir.Schedule(compiled.mod)
    block = sch.get_sblock("matmul")
    i, j, k = sch.get_loops(block)
    j_outer, j_inner = sch.split(j, [None, 16])
    sch.reorder(i, j_outer, k, j_inner)
    sch.vectorize(j_inner)
    sch.decompose_reduction(block, k)
    assert "T.vectorized(" in sch.mod.script() and "matmul_init" in sch.mod.script()
    entry = tvm.compile(sch.mod, target={"kind": "llvm"})["main"]
    for m, k, n in ((5, 7, 33), (16, 16, 16), (1, 9, 2)):
        a, b = np.random.default_rng(3).random((m, k), "f4"), np.ones((k, n), "f4")
        out = tvm.runtime.tensor(np.full((m, n), np.nan, "f4"))
        entry(tvm.runtime.tensor(a), tvm.runtime.tensor(b), out)
        assert np.allclose(out.numpy(), a @ b, rtol=1e-5)


# --- numbers ----------------------------------------------------------------------------------


INTEGERS = """
fn f(x: i32[n], y: i32[n]) -> i32[n] {
    return x / y % 7 + x * 65537 * y - max(x, y) * min(x, 3) + i32(x < y) + (x - y) * y;
}
"""


@functools.cache
def integers() -> Callable[..., None]:
    module = lower_source(INTEGERS)
    fuse_all(module)
    return compile_tvm(functions(module)[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 2), min_size=1, max_size=5))
def test_integers_wrap_around_on_their_way_to_memory(pairs) -> None:
    x, y = np.array(pairs, "i4").T.copy()
    y[(y == 0) | (y == -1)] = 2
    x[0], y[0] = 2**31 - 1, -(2**31)
    out = np.empty_like(x)
    integers()(x, y, out)
    assert np.array_equal(out, tern.run(INTEGERS, "f", x, y))


@pytest.mark.parametrize("operation", ["divsi", "remsi"])
def test_division_without_a_result_is_an_error(operation) -> None:
    func = elementwise(f"%z = arith.{operation} %x, %y : i32", "i32", "i32")
    compiled = compile_tvm(func)
    x, out = np.array([7, -7, 7, -(2**31)], "i4"), np.zeros(4, "i4")
    y = np.array([2, 2, -2, 3], "i4")
    compiled(x, y, out)
    want = np.trunc(x / y) if operation == "divsi" else np.fmod(x, y)
    assert np.array_equal(out, want.astype("i4"))
    for divisor in (0, -1):
        y[3] = divisor
        with pytest.raises(RuntimeError, match="integer (division|remainder) by zero"):
            compiled(x, y, out)


def test_a_constant_divisor_needs_no_check() -> None:
    (func,) = lowered("fn f(x: i32[n]) -> i32[n] { return x / 4 + x % 3; }")
    assert "assert" not in emit_tvm(func)
    (func,) = lowered("fn f(x: i32[n], y: i32[n]) -> i32[n] { return x / y; }")
    assert "assert" in emit_tvm(func)


def test_nan_goes_through_max_from_either_side() -> None:
    source = (
        "fn f(x: f32[n], y: f32[n]) -> f32[n] { return max(x, y) + min(x, y) + max(max(x)) * 0.0; }"
    )
    compiled = compile_tvm(lowered(source.replace(" + max(max(x)) * 0.0", ""))[0])
    x, y = np.array([1, np.nan, 1], "f4"), np.array([np.nan, 1, 2], "f4")
    out = np.zeros(3, "f4")
    compiled(x, y, out)
    assert np.array_equal(out, np.array([np.nan, np.nan, 3], "f4"), equal_nan=True)
    total = compile_tvm(lowered("fn f(x: f32[n]) -> f32 { return max(x); }")[0])
    largest = np.zeros((), "f4")
    total(x, largest)
    assert np.isnan(largest)


@pytest.mark.parametrize(
    ("predicate", "element"), [*SCALARS, ("oeq", "f32"), ("ugt", "f32"), ("uge", "f64")]
)
def test_comparisons(predicate, element) -> None:
    name = "cmpf" if element[0] == "f" else "cmpi"
    func = elementwise(f"%z = arith.{name} {predicate}, %x, %y : {element}", element, "i1")
    agree(func, element, "i1", compile_tvm(func))


def test_not_of_a_comparison_holds_for_nan() -> None:
    """TVM's simplifier takes `not a < b` for `b <= a`."""
    source = "fn f(x: f32[n], y: f32[n]) -> bool[n] { return not (x < y); }"
    x, y = np.array([1, np.nan, 2], "f4"), np.array([2, 1, 1], "f4")
    module = lower_source(source)
    fuse_all(module)
    out = np.zeros(3, bool)
    compile_tvm(functions(module)[0])(x, y, out)
    assert np.array_equal(out, [False, True, True])


@pytest.mark.parametrize("element", ["i1", "i8", "i32", "i64", "f32", "f64"])
def test_arithmetic(element) -> None:
    """All operations that are defined everywhere, one after the other, in one kernel each."""
    if element[0] == "i":
        names = "addi subi muli maxsi minsi andi ori xori".split()
    else:
        names = "addf subf mulf maximumf minimumf divf remf".split()
    for name in names:
        func = elementwise(f"%z = arith.{name} %x, %y : {element}", element, element)
        agree(func, element, element, compile_tvm(func))


@pytest.mark.parametrize(
    ("name", "element"),
    [
        *itertools.product(
            [f"math.{name}" for name in "exp log sqrt tanh sin cos erf absf".split()],
            ["f32", "f64"],
        ),
        *[("arith.negf", "f32"), ("math.absi", "i8"), ("math.absi", "i64")],
    ],
)
def test_functions(name, element) -> None:
    func = elementwise(f"%z = {name} %x : {element}", element, element)
    agree(func, element, element, compile_tvm(func))


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("extsi", "i1", "i32"), ("extui", "i1", "i32"), ("extsi", "i8", "i64"),
        ("extui", "i8", "i64"), ("trunci", "i32", "i8"), ("trunci", "i32", "i1"),
        ("sitofp", "i1", "f32"), ("uitofp", "i32", "f64"), ("sitofp", "i64", "f64"),
        ("extf", "f32", "f64"), ("truncf", "f64", "f32"),
    ],
)  # fmt: skip
def test_conversions(name, source, target) -> None:
    func = elementwise(f"%z = arith.{name} %x : {source} to {target}", source, target)
    agree(func, source, target, compile_tvm(func))


GATHER = """func.func @gather(%a: memref<?xf32>, %at: memref<?xi64>, %out: memref<?xf32>) {
  %0 = arith.constant 0 : index
  %n = memref.dim %at, %0 : memref<?xi64>
  affine.for %i = 0 to %n {
    %k = affine.load %at[%i] : memref<?xi64>
    %p = arith.index_cast %k : i64 to index
    %x = memref.load %a[%p] : memref<?xf32>
    affine.store %x, %out[%i] : memref<?xf32>
  }
  return
}"""


def test_a_subscript_that_is_computed_is_checked() -> None:
    compiled = compile_tvm(functions(parse(GATHER))[0])
    a, at, out = np.arange(4, dtype="f4"), np.array([3, 0, 2]), np.zeros(3, "f4")
    compiled(a, at, out)
    assert np.array_equal(out, a[at])
    for outside in (4, -1):
        with pytest.raises(RuntimeError, match="a subscript is outside of its buffer"):
            compiled(a, np.array([0, outside, 0]), out)


SCAN = """func.func @scan(%a: memref<?xf32>, %n: index) {
  affine.for %i = 1 to %n {
    %x = affine.load %a[%i - 1] : memref<?xf32>
    %y = affine.load %a[%i] : memref<?xf32>
    %z = arith.addf %x, %y : f32
    affine.store %z, %a[%i] : memref<?xf32>
  }
  return
}"""


def test_a_loop_that_carries_a_dependence_is_no_block() -> None:
    compiled = compile_tvm(functions(parse(SCAN))[0])
    assert blocks(compiled.source) == []
    a = np.ones(100, "f4")
    compiled(a, 100)
    assert np.array_equal(a, np.arange(1, 101))
    from_zero = functions(parse(SCAN.replace("= 1 to", "= 0 to").replace("%i - 1", "%i + 1")))[0]
    assert blocks(emit_tvm(from_zero)) == []


SWAP = """func.func @swap(%a: memref<8xf32>, %b: memref<8xf32>) {
  affine.for %i = 0 to 8 {
    %x = affine.load %a[%i] : memref<8xf32>
    %y = affine.load %b[%i] : memref<8xf32>
    affine.store %y, %a[%i] : memref<8xf32>
    affine.store %x, %b[%i] : memref<8xf32>
  }
  return
}"""


def test_what_is_loaded_before_a_store_is_not_read_after_it() -> None:
    a, b = np.arange(8, dtype="f4"), np.ones(8, "f4")
    compile_tvm(functions(parse(SWAP))[0])(a, b)
    assert np.array_equal(a, np.ones(8)) and np.array_equal(b, np.arange(8))


@settings(max_examples=tries(12, long=40), deadline=None)
@given(
    data=st.data(),
    sizes=sizes,
    seed=st.integers(0, 9),
    element=st.sampled_from(["f32", "i32"]),
)
def test_random_programs(data, sizes, seed, element) -> None:
    source, shape = data.draw(programs(element))
    args = arguments(sizes, seed, element)
    module = lower_source(source)
    if data.draw(st.booleans()):
        fuse_all(module)
    erase_dead_operations(module)
    (func,) = functions(module)
    want = np.asarray(tern.run(source, "f", *args))
    out = np.zeros([sizes.get(size, size) for size in shape], args[0].dtype)
    compiled = compile_tvm(func)
    assert round_trip(compiled.source)
    compiled(*args, out)
    assert same(out, want)
