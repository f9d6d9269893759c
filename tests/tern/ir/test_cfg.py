from hypothesis import given
from hypothesis import strategies as st

from tern.ir import (
    Operation,
    control_flow_graph,
    erase_unreachable_blocks,
    parse,
    predecessors_of,
    reachable_blocks,
)
from tern.ir.samples import chain, guards, ladder, loops, nest, random_graph
from tern.ir.strategies import graphs

TWICE = """
func.func @f(%arg0: i1) {
  cf.cond_br %arg0, ^bb2, ^bb1
^bb1:
  cf.cond_br %arg0, ^bb2, ^bb2
^bb2:
  return
^bb3:
  cf.br ^bb2
^bb4:
}
"""


def first_function(text) -> Operation:
    return parse(text).body.blocks[0].operations[0]


def test_successors_keep_the_terminators_order_and_come_once() -> None:
    assert control_flow_graph(first_function(TWICE)) == [[2, 1], [2], [], [2], []]


def test_a_declaration_has_no_blocks() -> None:
    assert control_flow_graph(first_function("func.func private @f()")) == []


def test_erase_unreachable_blocks() -> None:
    func = first_function(TWICE)
    erase_unreachable_blocks(func)
    assert control_flow_graph(func) == [[2, 1], [2], []]


@given(graphs())
def test_predecessors_are_the_same_edges(graph) -> None:
    edges = {(a, b) for a, targets in enumerate(graph) for b in targets}
    backwards = predecessors_of(graph)
    assert edges == {(a, b) for b, sources in enumerate(backwards) for a in sources}
    reached = reachable_blocks(graph)
    assert 0 in reached
    assert all(b in reached for a in reached for b in graph[a])


@given(st.sampled_from([chain, ladder, loops, nest, guards]), st.integers(1, 60))
def test_shapes_are_graphs_that_the_entry_reaches(shape, blocks) -> None:
    graph = shape(blocks)
    assert abs(len(graph) - blocks) <= 3 or blocks < 6
    assert all(0 <= target < len(graph) for targets in graph for target in targets)
    assert all(len(targets) <= 2 for targets in graph)
    assert reachable_blocks(graph) == set(range(len(graph)))


def test_random_graphs_are_of_every_kind() -> None:
    graphs = [random_graph(seed, 12) for seed in range(200)]
    assert all(len(graph) == 12 for graph in graphs)
    assert any(len(reachable_blocks(graph)) < 12 for graph in graphs)
    assert any(block in targets for graph in graphs for block, targets in enumerate(graph))
    assert random_graph(3, 50) == random_graph(3, 50)
    assert len(random_graph(0, 1)) == 1
