import pytest
from hypothesis import given, settings

from tern.ir import (
    dominance_frontiers,
    dominator_intervals,
    dominator_tree,
    immediate_dominators,
    reachable_blocks,
)
from tern.ir.samples import chain, guards, ladder, loops, nest, random_graph
from tern.ir.strategies import graphs

SHAPES = [chain, ladder, loops, nest, guards]


def dominators_by_definition(graph) -> dict[int, set[int]]:
    """For each reachable block, the blocks without which it cannot be reached."""

    def reached_without(banned):
        return reachable_blocks([[] if b == banned else t for b, t in enumerate(graph)])

    reached = reachable_blocks(graph)
    dominators = {b: {b} for b in reached}
    for a in reached:
        for b in reached - reached_without(a) - {a}:
            dominators[b].add(a)
        # A block without ways out is still reached itself.
    return dominators


def test_the_definition_on_a_diamond() -> None:
    diamond = [[1, 2], [3], [3], []]
    assert dominators_by_definition(diamond) == {0: {0}, 1: {0, 1}, 2: {0, 2}, 3: {0, 3}}
    assert immediate_dominators(diamond) == [None, 0, 0, 0]
    assert dominance_frontiers(diamond, [None, 0, 0, 0]) == [set(), {3}, {3}, set()]


def test_a_loop_is_in_its_own_frontier() -> None:
    loop = [[1], [2, 3], [1], []]
    idoms = immediate_dominators(loop)
    assert idoms == [None, 0, 1, 1]
    assert dominance_frontiers(loop, idoms) == [set(), {1}, {1}, set()]


def test_unreachable_blocks_count_for_nothing() -> None:
    graph = [[2], [2], []]
    idoms = immediate_dominators(graph)
    assert idoms == [None, None, 0]
    assert dominance_frontiers(graph, idoms) == [set(), set(), set()]
    assert dominator_intervals(idoms)[1] is None


def test_small_graphs() -> None:
    assert immediate_dominators([]) == []
    assert dominator_intervals([]) == []
    assert immediate_dominators([[]]) == [None]
    # A loop through the entry: the entry is in frontiers, and dominates everything.
    assert immediate_dominators([[1], [0]]) == [None, 0]
    assert dominance_frontiers([[1], [0]], [None, 0]) == [{0}, {0}]


def test_an_irreducible_graph() -> None:
    assert immediate_dominators([[1, 2], [2], [1]]) == [None, 0, 0]


def check(graph) -> None:
    dominators = dominators_by_definition(graph)
    idoms = immediate_dominators(graph)
    for block in range(len(graph)):
        strict = dominators.get(block, set()) - {block}
        # The closest strict dominator is the one that all others dominate.
        expected = max(strict, key=lambda a: len(dominators[a])) if strict else None
        assert idoms[block] == expected

    frontiers = dominance_frontiers(graph, idoms)
    for a in range(len(graph)):
        assert frontiers[a] == {
            b
            for p in dominators
            for b in graph[p]
            if a in dominators[p] and (a == b or a not in dominators[b])
        }

    intervals = dominator_intervals(idoms)
    for a, outer in enumerate(intervals):
        for b, inner in enumerate(intervals):
            if a in dominators and b in dominators:
                assert (outer[0] <= inner[0] < outer[1]) == (a in dominators[b])
    for parent, children in enumerate(dominator_tree(idoms)):
        assert all(idoms[child] == parent for child in children)


@given(graphs())
def test_against_the_definition(graph) -> None:
    check(graph)


@pytest.mark.parametrize("seed", range(60))
def test_against_the_definition_on_larger_graphs(seed) -> None:
    check(random_graph(seed, 25))


@settings(max_examples=10)
@given(graphs(max_blocks=40))
def test_against_the_definition_on_forty_blocks(graph) -> None:
    check(graph)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape) -> None:
    check(shape(20))


@pytest.mark.parametrize("shape", SHAPES)
def test_large_graphs_need_no_recursion(shape) -> None:
    graph = shape(30_000)
    idoms = immediate_dominators(graph)
    assert sum(idom is None for idom in idoms) == 1
    assert len(dominance_frontiers(graph, idoms)) == len(graph)
    assert dominator_intervals(idoms)[0] == (0, len(graph))
