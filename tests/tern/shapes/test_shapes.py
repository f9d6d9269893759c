"""Sums of sizes, broadcasting, unification, and guards, against definitions that try everything."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.shapes import (
    Guard,
    broadcast,
    guards,
    names_in,
    refuted,
    replaced,
    terms,
    total,
    unify,
)
from tern.types import TensorType, f32, own_spelling, parse_type
from tests.turns import tries

NAMES = st.sampled_from(["m", "n"])
SUMS = st.builds(
    lambda names, number: total([*names, number]), st.lists(NAMES, max_size=3), st.integers(0, 3)
)

# --- sums -------------------------------------------------------------------------------------


@given(st.lists(SUMS, max_size=4), st.randoms())
def test_sums_that_are_equal_are_spelled_alike(sizes, rng) -> None:
    shuffled = list(sizes)
    rng.shuffle(shuffled)
    assert total(shuffled) == total(sizes)
    assert total([total(sizes[:2]), total(sizes[2:])]) == total(sizes)


@given(SUMS, st.integers(0, 9), st.integers(0, 9))
def test_a_sum_means_what_it_spells(size, m, n) -> None:
    names, number = terms(size)
    assert replaced(size, {"m": m, "n": n}) == number + sum({"m": m, "n": n}[x] for x in names)
    assert names_in([size, None]) == set(names)
    if names:
        text = own_spelling(TensorType((size, 4), f32))
        assert parse_type(text) == TensorType((size, 4), f32)


# --- broadcasting -----------------------------------------------------------------------------


def numpy_says(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(left, right)
    except ValueError:
        return None


def test_numbers_are_numpys() -> None:
    shapes = [s for rank in range(4) for s in itertools.product(range(4), repeat=rank)]
    for left, right in itertools.product(shapes, repeat=2):
        shape, doubts = broadcast(left, right)
        assert set(doubts.values()) <= {"never"}
        assert (None if doubts else shape) == numpy_says(left, right)


@given(st.lists(SUMS, max_size=3).map(tuple), st.lists(SUMS, max_size=3).map(tuple))
def test_names_stand_for_anything(left, right) -> None:
    shape, doubts = broadcast(left, right)
    for m, n in itertools.product(range(5), repeat=2):
        here = {"m": m, "n": n}
        one, other, expected = (
            tuple(replaced(size, here) for size in sizes) for sizes in (left, right, shape)
        )
        found = numpy_says(one, other)  # type: ignore[arg-type]
        if not doubts:
            assert found == expected
        if "never" in doubts.values():
            assert found is None


@pytest.mark.parametrize(
    ("left", "right", "size", "doubt"),
    [
        ("n", 1, "n", None),
        ("n", "n", "n", None),
        ("n", "m", None, "unproven"),
        ("n", 4, None, "unproven"),
        ("n", None, "n", "test"),
        (None, 4, 4, "test"),
        (None, None, None, "test"),
        (None, 1, None, None),
        (3, 4, None, "never"),
        (0, 1, 0, None),
        (0, 2, None, "never"),
        ("m + n", "m + n", "m + n", None),
        ("n", "n + 1", None, "unproven"),  # n = 1
        ("n + 2", "n + 3", None, "never"),
        ("n + 5", 4, None, "never"),
        ("n + 1", 0, None, "unproven"),  # n = 0: one stretches to none
        ("m + n + 2", "n + 2", None, "unproven"),
        ("n + n", 3, None, "unproven"),  # never, but that takes more than a look at the sums
    ],
)
def test_two_sizes(left, right, size, doubt) -> None:
    for one, other in [(left, right), (right, left)]:
        assert broadcast((one,), (7, other)) == ((7, size), {} if doubt is None else {-1: doubt})


# --- unification ------------------------------------------------------------------------------


def merged(equations: list[Any], fixed: set[str]) -> tuple[dict[Any, set[Any]], list[int]]:
    """The slow way: the class of every size, and the equations that are conflicts."""
    classes: dict[Any, set[Any]] = {}
    conflicts = []
    for number, (left, right) in enumerate(equations):
        if left is None or right is None:
            continue
        both = classes.setdefault(left, {left}) | classes.setdefault(right, {right})
        if len([size for size in both if isinstance(size, int) or size in fixed]) > 1:
            if classes[left] is not classes[right]:
                conflicts.append(number)
            continue
        for size in both:
            classes[size] = both
    return classes, conflicts


SIZES = st.one_of(st.sampled_from("abcdefXY"), st.integers(2, 4), st.none())


@settings(max_examples=tries(300, long=5_000))
@given(st.lists(st.tuples(SIZES, SIZES), max_size=14))
def test_unify_is_merging(equations) -> None:
    fixed = {"X", "Y"}
    sizes, conflicts = unify(equations, fixed)
    classes, bad = merged(equations, fixed)
    order = [size for pair in equations if None not in pair for size in pair]
    firm = {size for size in classes if isinstance(size, int) or size in fixed}
    assert list(sizes) == [s for s in dict.fromkeys(order) if s not in firm]
    for name, size in sizes.items():
        assert size in classes[name]
        assert size == next(iter(classes[name] & firm), min(classes[name], key=order.index))
    assert [max(conflict) for conflict in conflicts] == bad
    for conflict in conflicts:
        ends = explained(equations, conflict)
        assert ends <= firm and len(ends) == 2


def explained(equations: list[Any], path: list[int]) -> set[Any]:
    """The two ends of a chain of equations, each of which shares a size with the next one."""
    for start in equations[path[0]]:
        at = start
        for number in path:
            left, right = equations[number]
            if at not in (left, right):
                break
            at = right if at == left else left
        else:
            return {start, at}
    raise AssertionError(f"{path} is no chain of {equations}")


def test_the_trail_tells_why() -> None:
    equations = [("n", 4), ("m", "n"), ("k", 7), ("m", "b"), ("b", 5), ("n", "m"), ("k", 4)]
    assert unify(equations) == ({"n": 4, "m": 4, "k": 7, "b": 4}, [[0, 1, 3, 4], [2, 6]])


def test_what_is_fixed_is_as_firm_as_a_number() -> None:
    equations = [("x", "n"), ("y", "m"), ("x", "z"), ("y", "z")]
    assert unify(equations, {"n", "m"}) == ({"x": "n", "y": "m", "z": "n"}, [[1, 3, 2, 0]])


@pytest.mark.parametrize("shape", ["chain", "back", "star", "pairs"])
def test_many_equations(shape) -> None:
    count = 50_000
    pairs = {
        "chain": [(f"n{i}", f"n{i + 1}") for i in range(count)],
        "back": [(f"n{i + 1}", f"n{i}") for i in reversed(range(count))],
        "star": [("n0", f"n{i + 1}") for i in range(count)],
        "pairs": [(f"n{i}", f"n{i + w}") for w in (1, 2, 4, 8) for i in range(0, count, 2 * w)],
    }[shape]
    sizes, conflicts = unify([*pairs, (pairs[0][0], 3), (pairs[-1][1], 4)])
    assert set(sizes.values()) == {3} if shape != "pairs" else sizes["n0"] == 3
    if shape == "chain":
        assert conflicts == [[count, *range(count), count + 1]]


# --- guards -----------------------------------------------------------------------------------


def is_accepted(parameters: Any, shapes: Any) -> bool:
    """Whether the sizes of arguments are as the parameters say, by the definition."""
    seen = defaultdict(set)
    for parameter, shape in zip(parameters, shapes):
        for size, actual in zip(parameter, shape):
            seen[size].add(actual)
    names = {size: found for size, found in seen.items() if terms(size) == ((size,), 0)}
    if any(len(found) > 1 for found in names.values()):
        return False
    values = {name: min(found) for name, found in names.items()}
    return all(found == {replaced(size, values)} for size, found in seen.items())


PARAMETERS = st.lists(
    st.lists(st.sampled_from(["a", "b", 2]), min_size=1, max_size=2).map(tuple),
    min_size=1,
    max_size=3,
)


@settings(max_examples=tries(40, long=1_000), deadline=None)
@given(PARAMETERS, st.data())
def test_guards_are_enough_and_none_is_too_many(parameters, data) -> None:
    fact = st.sampled_from(["p", "q", 2, None])
    known = [tuple(data.draw(fact) for _ in shape) for shape in parameters]
    found = guards(parameters, known)
    axes = [len(shape) for shape in parameters]
    calls = []
    for sizes in itertools.product((1, 2, 3), repeat=sum(axes)):
        left = iter(sizes)
        shapes = [tuple(next(left) for _ in range(rank)) for rank in axes]
        facts = defaultdict(set)
        for shape, knows in zip(shapes, known):
            for actual, size in zip(shape, knows):
                facts[size].add(actual)
        if facts.get(2, {2}) == {2} and all(len(f) == 1 for s, f in facts.items() if s is not None):
            calls.append(shapes)
    for shapes in calls:
        assert (refuted(found, shapes) is None) == is_accepted(parameters, shapes)
    if any(is_accepted(parameters, shapes) for shapes in calls):  # else one that fails would do
        for gone in range(len(found)):
            fewer = [*found[:gone], *found[gone + 1 :]]
            assert any(
                refuted(fewer, shapes) is None and not is_accepted(parameters, shapes)
                for shapes in calls
            )


def test_guards_of_sums() -> None:
    parameters = [("m + n",), ("n", 2), ("m", "m + n"), ("n + 1",)]
    found = guards(parameters)
    assert [tuple(guard) for guard in found] == [
        ((0, 0), ((2, 0), (1, 0)), 0),
        ((1, 1), (), 2),
        ((2, 1), ((0, 0),), 0),
        ((3, 0), ((1, 0),), 1),
    ]
    rng = random.Random(0)
    for _ in range(2_000):
        n, m = rng.randrange(4), rng.randrange(4)
        shapes = [[n + m], [n, 2], [m, n + m], [n + 1]]
        if rng.random() < 0.7:
            shape = rng.choice(shapes)
            shape[rng.randrange(len(shape))] = rng.randrange(4)
        assert (refuted(found, shapes) is None) == is_accepted(parameters, shapes)
    with pytest.raises(ValueError, match="the size m is in a sum, and nowhere alone"):
        guards([("n",), ("m + n",)])


def test_what_is_known_of_a_sum_is_not_tested() -> None:
    parameters = [("n",), ("m",), ("m + n",)]
    assert guards(parameters, [("p",), ("q",), ("p + q",)]) == []
    assert len(guards(parameters, [("p",), ("q",), (None,)])) == 1


def test_a_program_that_runs_asks_the_part_that_is_in_force() -> None:
    program = "fn f(x: f32[n], y: f32[n]) -> f32[n] { return x + y; }"
    asked: list[Any] = []

    def mine(*given: Any) -> list[Guard]:
        asked.append(given)
        return []

    x = np.ones(3, "f4")
    tern.run(program, "f", x, x)
    with tern.using({"shapes.guards": mine}):
        tern.run(program, "f", x, x)
    assert len(asked) == 1
