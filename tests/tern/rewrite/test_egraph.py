"""The e-graph beside a slow one that tries everything, and what saturation finds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.rewrite import EGraph, cheapest
from tern.workshop.rewriting.equalities import (
    FAMILIES,
    backward_chain,
    one_by_one,
    problem_with,
    random_terms,
    repairs,
    slow_cheapest,
)


@settings(deadline=None, max_examples=150)
@given(st.randoms(use_true_random=False), st.integers(2, 40), st.integers(0, 14))
def test_classes_and_costs_are_those_of_the_slow_one(rng, size, equal) -> None:
    instance = random_terms(rng, size, equal)
    chosen, (classes, least) = cheapest(*instance), slow_cheapest(instance)
    assert problem_with(instance, chosen, least) == ""
    for at, root in enumerate(chosen):
        for other in range(at):
            assert (root == chosen[other]) == (classes[at] == classes[other])


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_right_too(family) -> None:
    instance = family(random.Random(5), 12)
    assert problem_with(instance, cheapest(*instance), slow_cheapest(instance)[1]) == ""


def test_a_problem_is_found() -> None:
    instance = [("a",), ("f", 0), ("b",)], [(1, 2)], [1, 1, 1]
    least = slow_cheapest(instance)[1]
    assert problem_with(instance, [0, 2, 2], least) == ""
    assert "is possible" in problem_with(instance, [0, 1, 1], least)
    assert "roots for" in problem_with(instance, [0], least)
    assert "is no node" in problem_with(instance, [0, 7, 2], least)
    cyclic = [("a",), ("f", 0)], [(0, 1)], [0, 0]
    assert "itself inside" in problem_with(cyclic, [1, 1], slow_cheapest(cyclic)[1])


def test_an_eager_repair_looks_at_more_nodes_and_one_of_all_users_at_quadratically_many() -> None:
    sizes = [500, 1000, 2000]
    once, always, every = (
        [repairs(one_by_one(random.Random(1), size), when) for size in sizes]
        for when in ("once", "always", "all")
    )
    assert all(2 * a > 3 * o for o, a in zip(once, always))
    assert once[2] < 4.5 * once[0] and every[2] > 14 * every[0]


def test_each_node_is_repaired_a_logarithmic_number_of_times() -> None:
    for size in (1 << 8, 1 << 12):
        instance = backward_chain(random.Random(2), size)
        assert repairs(instance, "once") <= 2 * size


def test_hash_consing_gives_the_same_number_and_congruence_waits_for_the_rebuild() -> None:
    graph = EGraph()
    a, b = graph.add("a"), graph.add("b")
    fa, fb = graph.add("f", a), graph.add("f", b)
    assert graph.add("f", a) == fa != fb
    assert graph.merge(a, b) and not graph.merge(b, a)
    assert graph.find(fa) != graph.find(fb)
    assert graph.rebuild() == 1 and graph.find(fa) == graph.find(fb)
    assert graph.find(graph.add("f", b)) == graph.find(fa)
