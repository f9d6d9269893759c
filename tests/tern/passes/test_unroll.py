"""Peeling, unroll-and-jam, and scalar replacement: the nests that keep values in registers."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tern.ir import EvaluationError, Operation, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import (
    NestError,
    band,
    nests,
    peel,
    scalar_replacement,
    schedule,
    tile,
    unroll_and_jam,
)
from tern.targets.bounds import check_bounds
from tern.targets.numba import compile_numba, emit_python
from tests.turns import tries

MATMUL = "fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"


def function_of(
    body, arguments="%a: memref<60xf32>, %b: memref<60xf32>, %m: memref<9x9xf32>"
) -> Operation:
    module = parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}")
    verify(module)
    return functions(module)[0]


def loads_and_stores(func) -> tuple[int, int]:
    names = [op.name for op in func.walk()]
    return names.count("affine.load"), names.count("affine.store")


# whole nests ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(["i", "j", "k"]),
    st.tuples(*[st.integers(1, 4)] * 3),
    st.tuples(*[st.integers(0, 2)] * 3),
    st.tuples(*[st.integers(0, 9)] * 3),
    st.booleans(),
)
def test_products_do_not_change_by_a_bit(order, factors, blocks, shape, static) -> None:
    """In any order, tiled and unrolled, whole blocks or not."""
    n, k, m = shape
    spelled = [*shape] if static and all(shape) else ["n", "k", "m"]
    source = "fn f(a: f32[{0}, {1}], b: f32[{1}, {2}]) -> f32[{0}, {2}] {{ return a @ b; }}"
    random = np.random.default_rng(4)
    a, b = random.random((n, k), "f4"), random.random((k, m), "f4")
    results = []
    for scheduled in (False, True):
        module = lower_source(source.format(*spelled))
        (func,) = functions(module)
        if scheduled and any(len(band(nest)) == 3 for nest in nests(func)):
            tiles = [block * factor for block, factor in zip(blocks, factors)]
            schedule(module, order, tiles, factors)
            verify(module)
            assert str(parse(str(module))) == str(module)
        out = np.zeros((n, m), "f4")
        check_bounds(func, [a, b, out])
        run_loops(func, [a, b, out])
        results.append(out)
    assert np.array_equal(*results)


def test_compiled() -> None:
    pytest.importorskip("numba")
    module = lower_source(MATMUL)
    schedule(module, ["i", "k", "j"], [0, 16, 8], [2, 4, 1])
    compiled = compile_numba(functions(module)[0])
    random = np.random.default_rng(5)
    for n, k, m in ((7, 39, 9), (1, 1, 1), (0, 3, 2), (2, 0, 3), (8, 16, 16), (3, 2, 17)):
        a, b = random.random((n, k), "f4"), random.random((k, m), "f4")
        room = np.zeros((n + 2, m), "f4")  # nobody writes over the edge
        compiled(a, b, room[1:-1])
        assert np.allclose(room[1:-1], a @ b, rtol=1e-5)
        assert not room[[0, -1]].any()


def test_each_element_is_loaded_once() -> None:
    module = lower_source(MATMUL)
    schedule(module, ["i", "k", "j"], [0, 16, 256], [2, 4, 1])
    main = nests(module)[1]
    assert loads_and_stores(main) == (2 + 8 + 4, 2)  # of C, A, and B; of C
    source = emit_python(functions(module)[0])
    assert "for k in range(kk, min(kk + 16, K_whole), 4):" in source
    assert "for i in range(N_whole, N):" in source
    assert source.count("b_k3j = b[k + 3, j]") == 1


def test_mlir_accepts_it() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    module = lower_source(MATMUL)
    schedule(module, ["i", "k", "j"], [0, 16, 256], [2, 4, 1])
    with mlir.Context():
        theirs = mlir.Module.parse(str(module))
        assert theirs.operation.verify()
        assert str(parse(str(theirs))) == str(module)


# legality -------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-3, 3)),
        min_size=2,
        max_size=2,
    ),
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3])),
)
def test_recurrences_keep_their_results(subscripts, factors) -> None:
    """Of two loops over one buffer, whichever the analysis lets pass."""
    load, store = (f"%i * {c} + %j * {d} + {e + 30}" for c, d, e in subscripts)
    body = f"""
      affine.for %i = 0 to 7 {{ affine.for %j = 0 to 5 {{
        %x = affine.load %a[{load}] : memref<60xf32>
        %y = arith.mulf %x, %x : f32
        %c = arith.constant 0.5 : f32
        %z = arith.addf %y, %c : f32
        affine.store %z, %a[{store}] : memref<60xf32>
      }} }}"""
    start = np.random.default_rng(3).random(60, "f4")
    plain, changed, other = start.copy(), start.copy(), start.copy()
    run_loops(function_of(body), [plain, other, SQUARE])
    func = function_of(body)
    try:
        unroll_and_jam(peel(nests(func)[0], factors), factors)
    except NestError:
        assume(False)
    scalar_replacement(func)
    verify(func)
    run_loops(func, [changed, other, SQUARE])
    assert np.array_equal(plain, changed)


def nest_of(body, bounds=("0 to 8", "0 to 8")) -> Operation:
    return nests(function_of(
        f"affine.for %i = {bounds[0]} {{ affine.for %j = {bounds[1]} {{\n{body}\n}} }}"
    ))[0]  # fmt: skip


SKEWED = """%x = affine.load %m[%i, %j + 1] : memref<9x9xf32>
affine.store %x, %m[%i + 1, %j] : memref<9x9xf32>"""
SQUARE = np.zeros((9, 9), "f4")


def test_what_is_refused() -> None:
    """An iteration needs what a later iteration of j, but an earlier one of i, has stored."""
    text = str(nest_of(SKEWED).parent.parent.parent)
    for transform, factors, message in (
        (unroll_and_jam, (2, 1), r"unroll-and-jam breaks the dependence \(1, -1\)"),
        (peel, (2, 3), r"peeling breaks the dependence \(1, -1\)"),
        (unroll_and_jam, (2, 2, 2), r"\(2, 2, 2\) are no factors for 2 loops"),
        (unroll_and_jam, (-1, 2), r"\(-1, 2\) are no factors for 2 loops"),
        (unroll_and_jam, (1, 3), "loop 1 has a trip count that is not known to be a multiple of 3"),
    ):  # fmt: skip
        nest = nest_of(SKEWED)
        with pytest.raises(NestError, match=message):
            transform(nest, factors)
        assert str(nest.parent.parent.parent) == text
    copies = "%x = affine.load %a[%i] : memref<60xf32>\naffine.store %x, %b[%i] : memref<60xf32>"
    with pytest.raises(NestError, match="loop 0 does not go from 0 to a constant or a size"):
        peel(nest_of(copies, ("1 to 8", "0 to 1")), (2, 1))
    inner = function_of(
        """affine.for %k = 0 to 2 {
      affine.store %z, %a[%k] : memref<60xf32>
      affine.for %i = 0 to 7 {
        affine.store %z, %b[%i] : memref<60xf32>
      }
    }""",
        "%a: memref<60xf32>, %b: memref<60xf32>, %z: f32",
    )
    with pytest.raises(NestError, match="only an outermost nest can be peeled"):
        peel(nests(inner)[0].body.blocks[0].operations[1], (2,))
    number = "%x = arith.index_cast %i : index to i32"
    with pytest.raises(NestError, match="arith.index_cast uses an induction variable as a number"):
        unroll_and_jam(nest_of(number), (2, 1))
    triangle = ("0 to 8", "affine_map<(d0) -> (d0)>(%i) to 8")
    with pytest.raises(NestError, match="bounds of loop 1 depend on a loop that is unrolled"):
        unroll_and_jam(nest_of(copies, triangle), (2, 1))


def test_plain_unrolling_of_the_inner_loop_is_always_legal() -> None:
    nest = nest_of(SKEWED)
    func = nest.parent.parent.parent
    a, start = np.zeros(60, "f4"), np.random.default_rng(6).random((9, 9), "f4")
    plain, changed = start.copy(), start.copy()
    run_loops(func, [a, a, plain])
    assert unroll_and_jam(nest, (1, 4)) is nest
    verify(func)
    assert band(nest)[1].attributes["step"] == 4 and loads_and_stores(func) == (4, 4)
    run_loops(func, [a, a, changed])
    assert np.array_equal(plain, changed)


def test_inner_loops_are_copied_with_their_bounds() -> None:
    """A body with a loop of its own, that starts at the induction variable."""
    func = function_of("""
      affine.for %i = 0 to 8 {
        %c = arith.constant 1.0 : f32
        affine.store %c, %b[%i] : memref<60xf32>
        affine.for %j = affine_map<(d0) -> (d0)>(%i) to affine_map<(d0) -> (d0 + 3)>(%i) {
          %x = affine.load %a[%j] : memref<60xf32>
          affine.store %x, %b[%i * 4 + 8] : memref<60xf32>
        }
      }""")
    a = np.random.default_rng(7).random(60, "f4")
    plain, changed = np.zeros(60, "f4"), np.zeros(60, "f4")
    run_loops(func, [a, plain, SQUARE])
    unroll_and_jam(nests(func)[0], (4,))
    verify(func)
    assert sum(op.name == "affine.for" for op in func.walk()) == 5
    run_loops(func, [a, changed, SQUARE])
    assert np.array_equal(plain, changed)


def test_tiles_must_be_whole_blocks() -> None:
    module = lower_source(MATMUL)
    nest = peel(nests(module)[1], (1, 1, 4))
    nest = tile(nest, (0, 0, 6))
    with pytest.raises(NestError, match="is not known to be a multiple of 4"):
        unroll_and_jam(band(nest)[1], (1, 1, 4))


def test_bounds_are_still_checked() -> None:
    """Unrolled code reads a block at a time, and is told from code that reads too far."""
    module = lower_source(MATMUL)
    schedule(module, ["i", "k", "j"], [0, 16, 256], [2, 4, 1])
    (func,) = functions(module)
    a, b = np.zeros((22, 37), "f4"), np.zeros((37, 40), "f4")
    check_bounds(func, [a, b, np.zeros((22, 40), "f4")])
    (func,) = functions(parse(str(module)))  # without the names that would tell of m, n, and k
    with pytest.raises(EvaluationError, match="goes from 0 to 21 along axis 0"):
        check_bounds(func, [a, b, np.zeros((21, 40), "f4")])
    with pytest.raises(EvaluationError, match="goes from 3 to 35 along axis 0"):
        check_bounds(func, [a[:, :36], b[:35], np.zeros((22, 40), "f4")])


# scalar replacement ---------------------------------------------------------------------------


def line(target, source, name) -> str:
    return (
        f"%{name} = affine.load %{source} : memref<60xf32>\n"
        f"affine.store %{name}, %{target} : memref<60xf32>\n"
    )


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        # stored and loaded again; then the store that is overwritten goes, too
        ([("b[%i]", "a[%i]"), ("b[%i]", "b[%i]")], (1, 1)),
        # loaded twice
        ([("b[%i]", "a[%i]"), ("b[%i + 1]", "a[%i]")], (1, 2)),
        # the store between is to another element, whatever i is
        ([("b[%i]", "a[%i]"), ("b[%i + 1]", "a[%i + 1]"), ("a[0]", "b[%i]")], (2, 3)),
        # the store between may be to the same one
        ([("b[%i]", "a[%i]"), ("b[3]", "a[%i + 1]"), ("a[0]", "b[%i]")], (3, 3)),
        # what is loaded may have been stored, so that the first store must stay
        ([("b[%i]", "a[%i]"), ("a[0]", "b[3]"), ("b[%i]", "a[%i + 1]")], (3, 3)),
        # the first store is overwritten before anyone can read it
        ([("b[%i]", "a[%i]"), ("a[0]", "b[%i + 1]"), ("b[%i]", "a[%i + 1]")], (3, 2)),
    ],
)
def test_what_is_replaced(lines, left) -> None:
    body = "".join(line(*subscripts, f"x{number}") for number, subscripts in enumerate(lines))
    func = function_of(f"affine.for %i = 0 to 8 {{\n{body}}}")
    a, b = np.random.default_rng(8).random((2, 60), "f4")
    results = []
    for replace in (False, True):
        if replace:
            gone = scalar_replacement(func)
            verify(func)
            assert loads_and_stores(func) == left and gone == len(lines) - left[0]
        arrays = [a.copy(), b.copy()]
        run_loops(func, [*arrays, SQUARE])
        results.append(arrays)
    assert np.array_equal(*results)


subscripts = st.tuples(st.sampled_from("ab"), st.sampled_from(["%i", "%i + 1", "3", "%i * 2"]))


@settings(max_examples=tries(40, long=400), deadline=None)
@given(st.lists(st.tuples(subscripts, subscripts, st.booleans()), min_size=1, max_size=6))
def test_replacement_keeps_results(drawn) -> None:
    """Straight lines of copies, some of them in an inner loop."""
    body = ""
    for number, ((target, subscript), (source, other), inner) in enumerate(drawn):
        text = line(f"{target}[{subscript}]", f"{source}[{other}]", f"x{number}")
        body += f"affine.for %j{number} = 0 to 2 {{\n{text}}}\n" if inner else text
    a, b = np.random.default_rng(9).random((2, 60), "f4")
    results = []
    for replace in (False, True):
        func = function_of(f"affine.for %i = 0 to 8 {{\n{body}}}")
        if replace:
            scalar_replacement(func)
            verify(func)
        arrays = [a.copy(), b.copy()]
        run_loops(func, [*arrays, SQUARE])
        results.append(arrays)
    assert np.array_equal(*results)
