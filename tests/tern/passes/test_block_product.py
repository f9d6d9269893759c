"""A matrix product in blocks, and the passes that it is made of, each on its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.analysis.nests import value_range
from tern.ir import Operation, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import NestError, band, nests, tile
from tern.passes.block_product import Blocks, block_product, matched
from tern.passes.fast_math import permit
from tern.passes.fuse_multiply_add import fuse_multiply_add
from tern.passes.inline_loops import inline_short_loops
from tern.passes.pack import pack, to_whole_tiles
from tern.passes.registers import keep_in_registers
from tern.passes.simplify_bounds import simplify_bounds
from tern.targets.bounds import check_bounds
from tests.turns import tries


def product(n, k, m, *flags) -> tuple[Operation, Operation]:
    """The module of `a @ b`, of these sizes or names, and its nest of three loops."""
    module = lower_source(
        f"fn f(a: f32[{n}, {k}], b: f32[{k}, {m}]) -> f32[{n}, {m}] {{ return a @ b; }}"
    )
    permit(module, *flags)
    return module, next(nest for nest in nests(module) if len(band(nest)) == 3)


def computed(module, n, k, m, run=None) -> np.ndarray:
    random = np.random.default_rng(3)
    a, b, out = random.random((n, k), "f4"), random.random((k, m), "f4"), np.zeros((n, m), "f4")
    (func,) = functions(module)
    check_bounds(func, [a, b, out])
    (run or (lambda *given: run_loops(func, given)))(a, b, out)
    return out


SIZES = st.tuples(*[st.integers(2, 23)] * 3)
BLOCKS = st.builds(
    lambda rows, lanes, height, depth, width, steps: Blocks(
        rows, lanes, rows * height, depth, lanes * width, steps
    ),
    st.integers(1, 5),
    st.sampled_from([2, 4, 8]),
    *[st.integers(1, 4)] * 3,
    st.integers(1, 3),
)


@settings(max_examples=tries(40, long=1000), deadline=None)
@given(SIZES, BLOCKS, st.booleans())
def test_not_a_bit_changes(sizes, blocks, named) -> None:
    """Of no size, known now or later: the sum stays in the order of k."""
    plain, _ = product(*sizes)
    changed, nest = product(*("nkm" if named else sizes))
    block_product(nest, blocks)
    verify(changed)
    assert str(parse(str(changed))) == str(changed)
    assert np.array_equal(computed(plain, *sizes), computed(changed, *sizes))


@pytest.mark.parametrize("named", [True, False])
def test_compiled(named) -> None:
    pytest.importorskip("llvmlite")
    from tern.targets.llvm import compile_llvm

    sizes = (67, 130, 93)
    module, nest = product(*("nkm" if named else sizes), "contract")
    block_product(nest, Blocks(6, 16, 36, 64, 64))
    verify(module)
    assert "math.fma" in str(module) and "vector<16xf32>" in str(module)
    interpreted = computed(module, *sizes)
    native = compile_llvm(functions(module)[0])
    assert np.array_equal(interpreted, computed(module, *sizes, run=native))
    assert np.array_equal(interpreted, computed(module, *sizes, run=native))  # in memory it kept


def test_the_registers_are_enough() -> None:
    """In machine code for AVX2 no vector goes to the stack."""
    pytest.importorskip("llvmlite")
    from tern.targets import llvm
    from tern.targets.llvm.jit import assembly_text

    module, nest = product(96, 96, 96, "contract")
    block_product(nest, Blocks(6, 16, 48, 96, 96, steps=1))
    text = llvm.llvm_text(*functions(module))
    try:
        lines = assembly_text(text, cpu="x86-64-v3").splitlines()
    except (RuntimeError, ValueError):
        pytest.skip("this LLVM makes no code for x86")
    products = sum("vfmadd" in line for line in lines)
    assert products > 0 and products % 12 == 0
    assert not any("ymm" in line and "(%rsp)" in line for line in lines)


def test_mlir_accepts_it() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    module, nest = product("n", "k", "m", "contract")
    block_product(nest, Blocks(6, 16, 36, 64, 64))
    with mlir.Context():
        assert mlir.Module.parse(str(module)).operation.verify()


def test_what_is_no_product() -> None:
    source = "fn f(a: f32[n, n], b: f32[n, n]) -> f32[n, n] { return a * b; }"
    for text in (source, source.replace("a * b", "a @ transpose(b)")):
        module = lower_source(text)
        for nest in nests(module):
            assert matched(nest) is None
            with pytest.raises(NestError, match="no matrix product"):
                block_product(nest, Blocks(2, 4, 4, 4, 4))
    _, nest = product("n", "k", "m")
    assert matched(nest) is not None
    with pytest.raises(NestError, match="whole blocks"):
        block_product(nest, Blocks(3, 4, 4, 4, 4))


# the passes, one by one -------------------------------------------------------------------------


def function_of(body, arguments="%a: memref<40x60xf32>, %b: memref<40x60xf32>") -> Operation:
    module = parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}")
    verify(module)
    return functions(module)[0]


TRANSPOSE = """affine.for %i = 0 to 40 {
    affine.for %j = 0 to 40 {
        %x = affine.load %a[%j, %i] : memref<40x60xf32>
        affine.store %x, %b[%i, %j] : memref<40x60xf32>
    }
}"""


def ran(func) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    arrays = [random.random((40, 60), "f4") for _ in "ab"]
    run_loops(func, arrays)
    return arrays


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.integers(1, 50), st.integers(1, 50)), st.booleans(), st.booleans())
def test_packing_keeps_what_is_stored(sizes, both, turned) -> None:
    func = function_of(TRANSPOSE)
    want = ran(function_of(TRANSPOSE))
    tiled = tile(nests(func)[0], sizes)
    *_, i, j = band(tiled)
    a, b = func.body.only_block.args
    buffers = [pack(a, i, [j, i] if turned else [i, j])]
    if both:
        buffers.append(pack(b, i, [i, j]))
        for loop in (i, j):
            to_whole_tiles(loop, buffers)
    verify(func)
    assert all(np.array_equal(*pair) for pair in zip(want, ran(func)))


def test_what_cannot_be_packed() -> None:
    func = function_of(TRANSPOSE.replace("%b[", "%a["))
    a, b = func.body.only_block.args
    i, j = band(nests(func)[0])
    with pytest.raises(NestError, match="used in one way"):
        pack(a, i, [i, j])
    with pytest.raises(NestError, match="used in one way"):
        pack(b, i, [i, j])
    tiled = tile(nests(function_of(TRANSPOSE))[0], (7, 7))
    with pytest.raises(NestError, match="beyond the end"):
        to_whole_tiles(band(tiled)[-1], [])
    func = function_of(
        TRANSPOSE.replace("0 to 40", "0 to %n"),
        "%a: memref<40x60xf32>, %b: memref<40x60xf32>, %n: index",
    )
    i, j = band(nests(func)[0])
    with pytest.raises(NestError, match="no extent that is known"):
        pack(func.body.only_block.args[0], i, [i, j])


def test_single_iterations_are_inlined() -> None:
    body = """affine.for %i = 0 to 40 step 8 {
        affine.for %j = affine_map<(d0) -> (d0 + 1)>(%i) to
                affine_map<(d0) -> (d0 + 3)>(%i) step 4 {
            affine.for %k = affine_map<(d0) -> (d0 * 2)>(%j) to
                    affine_map<(d0) -> (d0 * 2 + 9)>(%j) {
                %x = affine.load %a[%j - %i, %k - %j] : memref<40x60xf32>
                affine.store %x, %b[%j - %i, %k - %i] : memref<40x60xf32>
            }
        }
    }"""
    func = function_of(body)
    want = ran(function_of(body))
    assert inline_short_loops(func) == 1
    verify(func)
    assert sum(op.name == "affine.for" for op in func.walk()) == 2
    assert all(np.array_equal(*pair) for pair in zip(want, ran(func)))
    number = """affine.for %i = 3 to 4 {
        %x = arith.index_cast %i : index to i32
    }"""
    assert inline_short_loops(function_of(number)) == 0


@pytest.mark.parametrize("bounds", ["0 to 0", "3 to 1 step 7", "%n to %n"])
def test_a_loop_that_never_runs_is_gone(bounds: str) -> None:
    body = f"""affine.for %i = {bounds} {{
        affine.for %j = 0 to 9 {{
            %x = affine.load %a[%i, %j] : memref<40x60xf32>
            affine.store %x, %b[%i, %j] : memref<40x60xf32>
        }}
    }}"""
    func = function_of(body, "%a: memref<40x60xf32>, %b: memref<40x60xf32>, %n: index")
    assert inline_short_loops(func) >= 1
    verify(func)
    assert [op.name for op in func.body.only_block.operations] == ["func.return"]


def test_bounds_that_never_decide() -> None:
    func = function_of(TRANSPOSE)
    tile(nests(func)[0], (8, 7))
    assert simplify_bounds(func) == 0  # 7 does not divide 40
    text = """affine.for %i = 0 to 36 step 7 {
        affine.for %j = affine_map<(d0) -> (d0)>(%i) to
                min affine_map<(d0) -> (d0 + 7, 42, 40)>(%i) {
        }
    }"""
    func = function_of(text)
    outer = nests(func)[0]
    assert value_range(outer.body.only_block.args[0]) == (0, 35)
    assert simplify_bounds(func) == 1 and "42" not in str(func)


RUNNING = """affine.for %i = 0 to 40 {
    affine.for %j = 0 to 60 {
        %x = affine.load %a[%i, %j] : memref<40x60xf32>
        %y = affine.load %b[%i, 3] : memref<40x60xf32>
        %z = arith.addf %x, %y : f32
        affine.store %z, %b[%i, SECOND] : memref<40x60xf32>
    }
}"""


@pytest.mark.parametrize(("second", "kept"), [("3", 1), ("4", 0), ("%j", 0)])
def test_accumulators(second, kept) -> None:
    """Only what nothing else in the loop may touch is kept in a variable."""
    func, want = [function_of(RUNNING.replace("SECOND", second)) for _ in "ab"]
    assert keep_in_registers(func) == kept
    verify(func)
    assert all(np.array_equal(*pair) for pair in zip(ran(want), ran(func)))


def test_multiply_adds() -> None:
    body = """%x = affine.load %a[0, 0] : memref<40x60xf32>
        %p = arith.mulf %x, %x FIRST : f32
        %q = arith.addf %x, %p SECOND : f32
        affine.store %q, %b[0, 0] : memref<40x60xf32>"""
    both = "fastmath<contract>"
    for first, second, made in ((both, both, 1), (both, "", 0), ("", both, 0)):
        func = function_of(body.replace("FIRST", first).replace("SECOND", second))
        assert fuse_multiply_add(func) == made
        verify(func)
        assert ("math.fma" in str(func)) == bool(made)
    twice = body.replace("%x, %p SECOND", "%p, %p SECOND")
    assert fuse_multiply_add(function_of(twice.replace("FIRST", both).replace("SECOND", both))) == 0
