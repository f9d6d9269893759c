"""Programs as their text, tensors as arrays, and captured graphs node by node."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.worker.wire import Codec, Unsendable
from tern.workshop.frameworks.captures.guards import Captured, Guard
from tern.workshop.frameworks.expressions import COMPUTE, Expression
from tern.workshop.frameworks.graph import Graph, GraphNode
from tern.workshop.frameworks.kernels import Spec
from tern.workshop.frameworks.programs import Program
from tern.workshop.frameworks.tensor import Tensor

PLAIN = (int, float, bool, str, type(None))
KINDS = ("placeholder", "constant", "call")
SOURCES = {"argument": 1, "size": 2, "kind": 1, "dtype": 1}  # and how many numbers each has
MAX_NODES = 100_000


class ProgramCodec(Codec):
    """As its text, which is run when somebody calls the program, and not before."""

    tag = "frameworks program"

    def encode(self, value: Program) -> str:
        return value.text

    def decode(self, data: str) -> Program:
        if type(data) is not str:
            raise ValueError("no text of a program")
        return Program(data)


class TensorCodec(Codec):
    """As its array, which is what arrives."""

    tag = "frameworks tensor"

    def encode(self, value: Tensor) -> np.ndarray:
        if type(value.data) is not np.ndarray:
            raise Unsendable("a tensor without numbers")
        return value.data

    def decode(self, data: np.ndarray) -> np.ndarray:
        if type(data) is not np.ndarray:
            raise ValueError("no array")
        return data


class CapturedCodec(Codec):
    """As lists of nodes and guards. What arrives computes only what its expressions say."""

    tag = "captured"

    def encode(self, value: Captured) -> list:
        try:
            numbers = {node: number for number, node in enumerate(value.graph.nodes)}
            nodes = [_node(node, numbers) for node in value.graph.nodes]
            guards = [[_encoded(each.expression, {}), each.value] for each in value.guards]
            return [nodes, _encoded(value.graph.result, numbers), guards]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unsendable(f"a captured graph that is none: {error}") from None

    def decode(self, data: list) -> Captured:
        nodes, result, guards = data
        if len(nodes) > MAX_NODES:
            raise ValueError(f"a graph of more than {MAX_NODES:,} nodes")
        graph = Graph()
        for row in nodes:
            graph.nodes.append(_read_node(row, graph.nodes))
        graph.result = _decoded(result, graph.nodes)
        made = [Guard(_expression(each, []), _plain(value)) for each, value in guards]
        return Captured(graph, tuple(made))


def _node(node: GraphNode, numbers: dict[GraphNode, int]) -> list:
    if type(node) is not GraphNode:
        raise TypeError(f"a {type(node).__name__} where a node was expected")
    spec = None if node.spec is None else [str(node.spec.dtype), [int(n) for n in node.spec.shape]]
    value = node.value.data if isinstance(node.value, Tensor) else node.value
    if (type(value) is np.ndarray) != (node.kind == "constant"):
        raise TypeError(f"{node.name} is a {node.kind}, and has the value {value!r}")
    operands = [_encoded(each, numbers) for each in node.operands]
    params = {str(name): _encoded(each, numbers) for name, each in node.params.items()}
    return [node.kind, node.name, node.target, operands, params, spec, node.line, value]


def _read_node(row: list, before: list[GraphNode]) -> GraphNode:
    kind, name, target, operands, params, spec, line, value = row
    texts = (kind, name, target)
    if kind not in KINDS or any(type(each) is not str or len(each) > 200 for each in texts):
        raise ValueError("no node")
    if (type(value) is np.ndarray) != (kind == "constant"):
        raise ValueError("a constant without a value, or a value of something else")
    node = GraphNode(kind, name, target, [_decoded(each, before) for each in operands])
    node.params = {str(key): _decoded(each, before) for key, each in params.items()}
    node.spec = None if spec is None else Spec(spec[1], np.dtype(spec[0]))
    node.line, node.value = line if type(line) is int else None, value
    return node


def _encoded(value: Any, numbers: dict[GraphNode, int]) -> list:
    """Operands, params, and results: a list that begins with its kind."""
    if isinstance(value, GraphNode):
        return ["node", numbers[value]]
    if isinstance(value, Expression):
        return ["expression", value.operator, *(_encoded(each, numbers) for each in value.operands)]
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, *(_encoded(each, numbers) for each in value)]
    if isinstance(value, np.dtype):
        return ["dtype", value.str]
    value = value.item() if isinstance(value, np.generic) else value
    return ["plain", _plain(value)]


def _decoded(data: list, nodes: list[GraphNode]) -> Any:
    kind, *rest = data
    if kind == "node":
        if type(rest[0]) is not int or not 0 <= rest[0] < len(nodes):
            raise ValueError("a node that is used before it is there")
        return nodes[rest[0]]
    if kind == "expression":
        return _expression(data, nodes)
    if kind in ("list", "tuple"):
        found = [_decoded(each, nodes) for each in rest]
        return found if kind == "list" else tuple(found)
    if kind == "dtype":
        return np.dtype(rest[0])
    return _plain(rest[0])


def _expression(data: list, nodes: list[GraphNode]) -> Expression:
    kind, operator, *operands = data
    found = tuple(_decoded(each, nodes) for each in operands)
    if kind != "expression" or not (operator in COMPUTE or SOURCES.get(operator) == len(found)):
        raise ValueError("no expression")
    if operator in SOURCES and any(type(each) is not int or each < 0 for each in found):
        raise ValueError("no place among the arguments")
    return Expression(operator, found)


def _plain(value: Any) -> Any:
    if type(value) not in PLAIN:
        raise TypeError(f"a {type(value).__name__} where a number or a text was expected")
    return value
