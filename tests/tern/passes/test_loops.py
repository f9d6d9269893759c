"""Dependences, and the transformations of nests that they allow."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tern
from tern.analysis.nests import induction_variable
from tern.ir import Operation, VerifyError, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import (
    NestError,
    PassManager,
    band,
    dependence_vectors,
    dependences,
    erase_dead_operations,
    fuse,
    fuse_all,
    interchange,
    is_legal_order,
    is_permutable,
    loop_names,
    nests,
    schedule,
    tile,
)
from tests.tern.loop_programs import arguments, programs, same, sizes

MATMUL = "fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"

# The classic: interchanged, an iteration reads what a later one is still to write.
SKEWED = """func.func @f(%a: memref<9x9xf32>) {
  affine.for %i = 0 to 8 { affine.for %j = 1 to 9 {
    %x = affine.load %a[%i, %j] : memref<9x9xf32>
    %y = arith.addf %x, %x : f32
    affine.store %y, %a[%i + 1, %j - 1] : memref<9x9xf32>
  } }
  return
}"""


def nest_of(body, loops="%i = 0 to 8, %j = 0 to 8", extra="%n: index") -> Operation:
    """The nest of a body that loads and stores f32 in %a, of two dimensions, or %b, of one."""
    headers = [f"affine.for {loop} {{" for loop in loops.split(", ")]
    text = (
        f"func.func @f(%a: memref<?x?xf32>, %b: memref<?xf32>, {extra}) {{\n"
        f"{' '.join(headers)}\n{body}\n{'}' * len(headers)}\nreturn\n}}"
    )
    module = parse(text)
    verify(module)
    return nests(module)[0]


def copy(target, source) -> str:
    """The text of a load and a store."""
    ranks = ["xf32>" if "," not in subscript else "x?xf32>" for subscript in (source, target)]
    return (
        f"%x = affine.load %{source} : memref<?{ranks[0]}\n"
        f"affine.store %x, %{target} : memref<?{ranks[1]}"
    )


# dependences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "source", "vectors"),
    [
        ("a[%i, %j]", "a[%i, %j]", []),
        ("a[%i + 1, %j]", "a[%i, %j]", [(1, 0)]),
        ("a[%i, %j]", "a[%i + 1, %j]", [(1, 0)]),
        ("a[%i + 1, %j - 1]", "a[%i, %j]", [(1, -1)]),
        ("a[%i, %j]", "a[%i - 2, %j + 3]", [(2, -3)]),
        ("a[%i + 9, %j]", "a[%i, %j]", []),  # further than the loop goes
        ("a[%i * 2, %j]", "a[%i * 2 + 1, %j]", []),  # even and odd
        ("a[%i * 2, %j]", "a[%i * 2 + 4, %j]", [(2, 0)]),
        ("a[%i + %j, %i - %j]", "a[%i + %j + 2, %i - %j]", [(1, 1)]),
        ("a[%i + %j, %i - %j]", "a[%i + %j + 1, %i - %j]", []),  # half an iteration
        ("b[%i]", "b[%i]", [(0, "<")]),
        ("b[%j]", "b[%j]", [("<", 0)]),
        ("b[%i + %j]", "b[%i + %j]", [("<", "*"), (0, "<")]),
        ("b[%i]", "b[%j]", [("<", "*"), (0, "<")]),
        ("b[%i]", "b[%j + 8]", [(0, "<")]),  # the store alone
        ("b[%i * 4]", "b[%j * 2 + 1]", [(0, "<")]),
        ("b[%i + %n]", "b[%i]", [(0, "<"), ("<", "*")]),
    ],
)
def test_vectors(target, source, vectors) -> None:
    assert sorted(dependence_vectors(nest_of(copy(target, source))), key=str) == sorted(
        vectors, key=str
    )


def test_kinds() -> None:
    found = dependences(nest_of(copy("b[%i + 1]", "b[%i]"), "%i = 0 to 8"))
    assert [(d.kind, d.vector) for d in found] == [("flow", (1,))]
    assert str(found[0]) == "flow dependence (1)"
    found = dependences(nest_of(copy("b[%i]", "b[%i + 1]"), "%i = 0 to 8"))
    assert [(d.kind, d.vector) for d in found] == [("anti", (1,))]
    assert found[0].source.name == "affine.load"


def test_steps_count_iterations() -> None:
    loops = "%i = 0 to 8 step 2, %j = 0 to 8"
    assert dependence_vectors(nest_of(copy("a[%i + 4, %j]", "a[%i, %j]"), loops)) == [(2, 0)]
    assert dependence_vectors(nest_of(copy("a[%i + 3, %j]", "a[%i, %j]"), loops)) == []


def touched(nest) -> Iterator[tuple]:
    """What each iteration touches, by running the loops in their order."""
    loops = band(nest)
    ranges = [
        range(*(loop.attributes[key][0][0] for key in ("lower", "upper")), loop.attributes["step"])
        for loop in loops
    ]
    variables = [induction_variable(loop) for loop in loops]
    for point in itertools.product(*ranges):
        now = dict(zip(variables, point))
        for op in loops[-1].body.blocks[0].operations:
            if op.name in ("affine.load", "affine.store"):
                store = op.name == "affine.store"
                buffer, *operands = op.operands[store:]
                subscripts = tuple(
                    sum(c * now[v] for c, v in zip(row, operands)) + row[-1]
                    for row in op.attributes["map"]
                )
                yield point, buffer, subscripts, store


subscripts = st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-3, 3)).map(
    lambda row: f"%i * {row[0]} + %j * {row[1]} + {row[2]}"
)


@settings(max_examples=150, deadline=None)
@given(st.lists(subscripts, min_size=2, max_size=4), st.booleans())
def test_every_conflict_is_in_a_vector(subscripts, flat) -> None:
    """Brute force over all pairs of iterations that touch one element, one of them storing."""
    if flat or len(subscripts) < 4:
        body = copy(f"b[{subscripts[0]}]", f"b[{subscripts[1]}]")
    else:
        first, second, third, fourth = subscripts
        body = copy(f"a[{first}, {second}]", f"a[{third}, {fourth}]")
    nest = nest_of(body, "%i = 0 to 4, %j = 1 to 5")
    vectors = dependence_vectors(nest)
    seen = list(touched(nest))
    for (p, buffer, where, store), (q, other, there, stores) in itertools.combinations(seen, 2):
        if p != q and buffer is other and where == there and (store or stores):
            assert any(fits(v, tuple(b - a for a, b in zip(p, q))) for v in vectors)


def fits(vector, distance) -> bool:
    tests = {"*": lambda d: True, "<": lambda d: d > 0, ">": lambda d: d < 0}
    return all(tests[v](d) if v in tests else v == d for v, d in zip(vector, distance))


def test_reductions_in_another_order() -> None:
    """Sums over two loops: exact for integers, to be allowed for floating-point numbers."""
    for element, free in (("i32", True), ("f32", False)):
        source = f"fn f(x: {element}[n, m]) -> {element} {{ return sum(x); }}"
        nest = nests(lower_source(source))[-1]
        assert len(band(nest)) == 2
        assert (dependence_vectors(nest) == []) == free
        assert dependence_vectors(nest, reassociate=True) == []
        assert all(d.reduction for d in dependences(nest))
        if not free:
            with pytest.raises(NestError, match=r"\(1, 0\) breaks the dependence \(<, \*\)"):
                interchange(nest, (1, 0))
            interchange(nest, (1, 0), reassociate=True)
    nest = nests(lower_source("fn f(x: f32[n, m]) -> f32[n, 1] { return max(x, axis=1); }"))[-1]
    assert dependence_vectors(nest) == []


def test_no_reduction_when_the_sum_is_used_on_the_way() -> None:
    nest = nest_of(
        "%x = affine.load %b[0] : memref<?xf32>\n%y = arith.addf %x, %x : f32\n"
        "affine.store %y, %b[0] : memref<?xf32>"
    )
    assert dependence_vectors(nest, reassociate=True) != []
    nest = nest_of(
        "%x = affine.load %b[0] : memref<?xf32>\n%c = arith.constant 1.0 : f32\n"
        "%y = arith.addf %x, %c : f32\naffine.store %y, %b[0] : memref<?xf32>\n"
        "affine.store %y, %a[%i, %j] : memref<?x?xf32>"
    )
    assert dependence_vectors(nest, reassociate=True) != []


def test_nests_with_something_else_are_refused() -> None:
    nest = nest_of("%x = memref.load %b[%n] : memref<?xf32>")
    with pytest.raises(NestError, match="memref.load stands in the nest"):
        dependences(nest)
    with pytest.raises(NestError, match="arith.addf is not a loop nest"):
        band(Operation("arith.addf"))


# is_legal_order -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vector", "permutation", "legal"),
    [
        ((1, -1), (0, 1), True),
        ((1, -1), (1, 0), False),
        ((1, 1), (1, 0), True),
        (("<", ">"), (1, 0), False),
        (("<", "*"), (0, 1), True),
        (("<", "*"), (1, 0), False),
        ((0, 0), (1, 0), True),
        ((0, "<", "*"), (1, 2, 0), True),
        ((0, "<", "*"), (2, 1, 0), False),
        ((0, 2, -5), (1, 0, 2), True),
    ],
)
def test_is_legal_order(vector, permutation, legal) -> None:
    assert is_legal_order([vector], permutation) is legal
    assert is_legal_order([(1,) * len(vector), vector], permutation) is legal


def test_is_permutable() -> None:
    assert is_permutable([(1, 0), ("<", 2)], (0, 1))
    assert not is_permutable([(1, -1)], (0, 1)) and is_permutable([(1, -1)], (0,))
    assert not is_permutable([(0, "*")], (1,))


# interchange and tile -------------------------------------------------------------------------


def results(func, inputs, out_shape) -> np.ndarray:
    out = np.zeros(out_shape, inputs[0].dtype)
    run_loops(func, [*inputs, out])
    return out


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_order_of_a_product(order) -> None:
    module = lower_source(MATMUL)
    (func,) = functions(module)
    nest = nests(func)[1]
    interchange(nest, order)
    verify(module)
    names = [loop_names(nest)[loop] for loop in band(nest)]
    assert names == ["ijk"[number] for number in order]
    random = np.random.default_rng(1)
    a, b = random.random((3, 4), "f4"), random.random((4, 5), "f4")
    plain = results(functions(lower_source(MATMUL))[0], [a, b], (3, 5))
    assert np.array_equal(results(func, [a, b], (3, 5)), plain)  # to the last bit


def test_an_illegal_order_is_refused_and_wrong_when_forced() -> None:
    start = np.random.default_rng(2).random((9, 9), "f4")
    plain, forced, tiled = start.copy(), start.copy(), start.copy()
    run_loops(functions(parse(SKEWED))[0], [plain])
    module = parse(SKEWED)
    nest = nests(module)[0]
    text = str(module)
    with pytest.raises(NestError, match=r"the order \(1, 0\) breaks the dependence \(1, -1\)"):
        interchange(nest, (1, 0))
    with pytest.raises(NestError, match=r"tiling breaks the dependence \(1, -1\)"):
        tile(nest, (2, 2))
    assert str(module) == text
    interchange(nest, (1, 0), force=True)
    verify(module)
    run_loops(functions(module)[0], [forced])
    assert not np.array_equal(forced, plain)
    module = parse(SKEWED)
    tile(nests(module)[0], (3, 2), force=True)
    verify(module)
    run_loops(functions(module)[0], [tiled])
    assert not np.array_equal(tiled, plain)


def test_orders_that_are_none() -> None:
    nest = nest_of(copy("a[%i, %j]", "a[%i, %j]"))
    with pytest.raises(NestError, match="is not an order of 2 loops"):
        interchange(nest, (0, 0))
    with pytest.raises(NestError, match="are no sizes"):
        tile(nest, (2, 2, 2))
    triangle = nest_of(
        copy("a[%i, %j]", "a[%i, %j]"), "%i = 0 to 8, %j = affine_map<(d0) -> (d0)>(%i) to 8"
    )
    with pytest.raises(NestError, match="a bound of loop 1 needs a loop that would be inside"):
        interchange(triangle, (1, 0))
    with pytest.raises(NestError, match="bounds of loop 1 depend on another loop"):
        tile(triangle, (2, 2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(subscripts, min_size=2, max_size=2),
    st.permutations([0, 1]),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_legal_changes_keep_results(subscripts, order, tiles) -> None:
    """Of recurrences on one buffer, whichever the analysis lets pass."""
    body = (
        f"%x = affine.load %b[{subscripts[0]} + 40] : memref<?xf32>\n%y = arith.mulf %x, %x : f32\n"
        f"%c = arith.constant 0.5 : f32\n%z = arith.addf %y, %c : f32\n"
        f"affine.store %z, %b[{subscripts[1]} + 40] : memref<?xf32>"
    )
    start = np.random.default_rng(3).random(80, "f4")
    a = np.zeros((1, 1), "f4")
    plain, changed = start.copy(), start.copy()
    nest = nest_of(body, "%i = 0 to 5, %j = 1 to 6")
    func = nest.parent.parent.parent
    run_loops(func, [a, plain, 0])
    try:
        interchange(nest, order)
        nest = tile(nest, tiles)
    except NestError:
        assume(False)
    verify(func)
    run_loops(func, [a, changed, 0])
    assert np.array_equal(plain, changed)


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(range(3)),
    st.tuples(*[st.integers(0, 7)] * 3),
    st.tuples(*[st.integers(0, 6)] * 3),
    st.booleans(),
)
def test_tiled_products(order, tiles, shape, static) -> None:
    n, k, m = shape
    spelled = [*shape] if static and all(shape) else ["n", "k", "m"]
    module = lower_source(
        "fn f(a: f32[{0}, {1}], b: f32[{1}, {2}]) -> f32[{0}, {2}] {{ return a @ b; }}".format(
            *spelled
        )
    )
    (func,) = functions(module)
    random = np.random.default_rng(4)
    a, b = random.random((n, k), "f4"), random.random((k, m), "f4")
    plain = results(func, [a, b], (n, m))
    for nest in [nest for nest in nests(func) if len(band(nest)) == 3]:
        interchange(nest, order)
        nest = tile(nest, tiles)
        verify(module)
        names = [loop_names(nest)[loop] for loop in band(nest)]
        inner = ["ijk"[number] for number in order]
        assert names == [2 * i for i, size in zip(inner, tiles) if size] + inner
        # Twice tiled: the loops within a tile once more.
        depth = sum(map(bool, tiles))
        tile(band(nest)[depth], [min(2, size) for size in tiles])
        verify(module)
    assert np.array_equal(results(func, [a, b], (n, m)), plain)


def test_no_min_where_sizes_divide() -> None:
    source = "fn f(a: f32[8, 6]) -> f32[8, 6] { return a + a; }"
    for tiles, minima in (((4, 3), 0), ((4, 4), 1), ((3, 4), 2)):
        module = lower_source(source)
        tile(nests(module)[0], tiles)
        assert str(module).count("to min affine_map") == minima


def test_mlir_accepts_tiled_loops() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    module = lower_source(MATMUL)
    assert schedule(module, ["i", "k", "j"], [4, 5, 6]) == 1
    with mlir.Context():
        theirs = mlir.Module.parse(str(module))
        assert theirs.operation.verify()
        assert str(parse(str(theirs))) == str(module)


def test_schedule_says_what_is_wrong() -> None:
    module = lower_source(MATMUL)
    for order, tiles, message in (
        (["i", "j", "z"], None, "the loops are i, j, k, not i, j, z"),
        (["i", "j", "k", "l"], None, "no nest has 4 loops"),
        (["i", "j"], [1], "are of 2 and 1 loops"),
    ):
        with pytest.raises(NestError, match=message):
            schedule(module, order, tiles)
    assert schedule(module) == 0


# fusion ---------------------------------------------------------------------------------------


def test_a_chain_needs_no_buffers() -> None:
    module = lower_source("fn f(x: f32[n, m]) -> f32[n, m] { return exp(x * 2.0 - 1.0); }")
    assert len(nests(module)) == 3 and str(module).count("memref.alloc") == 2
    assert fuse_all(module) == 2
    verify(module)
    assert len(nests(module)) == 1 and "memref.alloc" not in str(module)
    x = np.random.default_rng(5).random((3, 4), "f4")
    assert np.allclose(results(functions(module)[0], [x], (3, 4)), np.exp(x * 2 - 1), rtol=1e-6)


def two_nests(first, second, upper="8") -> Operation:
    text = f"""func.func @f(%a: memref<9xf32>, %b: memref<9xf32>, %n: index) {{
      affine.for %i = 1 to 8 {{ {first} }}
      affine.for %i = 1 to {upper} {{ {second} }}
      return
    }}"""
    module = parse(text.replace("f32> ", "f32>\n"))
    verify(module)
    return functions(module)[0]


def line(target, source, name) -> str:
    return (
        f"%{name} = affine.load %{source} : memref<9xf32> "
        f"affine.store %{name}, %{target} : memref<9xf32> "
    )


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_fusion_looks_at_the_direction(offset) -> None:
    """The second nest may read what the first wrote earlier, not what it writes later."""
    func = two_nests(line("b[%i]", "a[%i]", "x"), line("a[%i]", f"b[%i + {offset}]", "y"))
    start = np.random.default_rng(6).random((2, 9), "f4")
    plain, fused = start.copy(), start.copy()
    run_loops(func, [*plain, 0])
    first, second = nests(func)
    if offset > 0:
        with pytest.raises(NestError, match=r"turns the dependence \(-1\) around"):
            fuse(first, second)
    else:
        assert fuse(first, second) is second
        verify(func)
        assert len(nests(func)) == 1
        run_loops(func, [*fused, 0])
        assert np.array_equal(plain, fused)


def test_fusion_needs_equal_bounds_and_neighbors() -> None:
    chain = line("b[%i]", "a[%i]", "x"), line("a[%i]", "b[%i]", "y")
    func = two_nests(*chain, upper="7")
    with pytest.raises(NestError, match="the bounds of loop 0 differ"):
        fuse(*nests(func))
    func = two_nests(*chain)
    first, second = nests(func)
    with pytest.raises(NestError, match="must stand before"):
        fuse(second, first)
    with pytest.raises(NestError, match="have not 2 in common"):
        fuse(first, second, depth=2)
    load = (
        parse("func.func @f(%b: memref<9xf32>) { %x = affine.load %b[3] : memref<9xf32>\nreturn }")
        .body.blocks[0]
        .operations[0]
        .body.blocks[0]
        .operations[0]
    )
    load.operands = [func.body.blocks[0].args[1]]
    func.body.blocks[0].insert(1, load)
    with pytest.raises(NestError, match="affine.load stands between the nests"):
        fuse(first, second)


def test_fusion_of_outer_loops_alone() -> None:
    module = lower_source("fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }")
    fill, total = nests(module)
    with pytest.raises(NestError, match="nests of 1 and 2 loops: say how many"):
        fuse(fill, total)
    fuse(fill, total, depth=1)
    verify(module)
    assert len(nests(module)) == 1
    x = np.random.default_rng(7).random((3, 4), "f4")
    out = results(functions(module)[0], [x], (3, 1))
    assert np.allclose(out, x.sum(axis=1, keepdims=True), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), sizes=sizes, seed=st.integers(0, 9))
def test_fused_programs_compute_the_same(data, sizes, seed) -> None:
    source, shape = data.draw(programs())
    args = arguments(sizes, seed)
    module = lower_source(source)
    fuse_all(module)
    erase_dead_operations(module)
    verify(module)
    out = np.zeros([sizes.get(size, size) for size in shape], "f4")
    run_loops(functions(module)[0], [*args, out])
    assert same(out, np.asarray(tern.run(source, "f", *args)))


# the pass manager -----------------------------------------------------------------------------


def test_the_pass_manager_records_and_verifies() -> None:
    module = lower_source("fn f(x: f32[n]) -> f32[n] { return x * x + x; }")
    manager = PassManager([fuse_all, ("tidy", erase_dead_operations)])
    assert manager.run(module) is module
    assert [name for name, _ in manager.history] == ["fuse_all", "tidy"]
    assert manager.history[-1][1] == str(module)

    def spoil(module):
        nests(module)[0].attributes["step"] = 0

    with pytest.raises(VerifyError, match="after the pass spoil: .*counts up by 1 or more"):
        PassManager([spoil, fuse_all]).run(module)


def test_parts_are_called_by_the_compiler() -> None:
    with tern.using({"passes.is_legal_order": lambda vectors, permutation: False}):
        with pytest.raises(NestError, match="breaks the dependence"):
            schedule(lower_source(MATMUL), ["i", "k", "j"])
    calls = []
    with tern.using({"passes.interchange": lambda *args, **kwargs: calls.append(args)}):
        schedule(lower_source(MATMUL), ["i", "k", "j"])
    assert [args[1] for args in calls] == [(0, 2, 1)]
