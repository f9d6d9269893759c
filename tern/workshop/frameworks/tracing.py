"""The layer that notes calls in a graph.

Whoever traces includes Key.TRACING, and the calls go to the graph in force: each computes what it
would without it, shapes or numbers, and becomes a node. PyTorch has this as make_fx, in
torch/fx/experimental/proxy_tensor.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.graph import Graph, GraphNode
from tern.workshop.frameworks.kernels import spec_of
from tern.workshop.frameworks.tensor import Tensor

_graph: ContextVar[Graph] = ContextVar("graph")


@contextmanager
def tracing(machine: Any) -> Iterator[Graph]:
    """Note all calls on a machine in a new graph, until the `with` block ends."""
    graph = Graph()
    token = _graph.set(graph)
    try:
        with machine.dispatcher.including(Key.TRACING):
            yield graph
    finally:
        _graph.reset(token)


def trace(operator: Any, keys: int, operands: tuple, params: dict[str, Any]) -> Tensor:
    """The kernel of Key.TRACING, for every operation."""
    graph = _graph.get()
    nodes = [proxy_of(graph, each) for each in operands]
    result = operator.redispatch(keys & Key.TRACING.below, *operands, **params)
    node = graph.call(operator.name, nodes, params, spec_of(result), line_of_program())
    result.proxy = node
    return result


def proxy_of(graph: Graph, operand: Any) -> Any:
    """What an operand is in a graph: a node, or a number."""
    if isinstance(operand, list):
        return [proxy_of(graph, each) for each in operand]
    if isinstance(operand, Tensor):
        return operand.proxy if operand.proxy is not None else graph.constant(operand.data)
    return graph.constant(operand) if isinstance(operand, np.ndarray) else operand


def line_of_program() -> int | None:
    """The line that made the call, in the first file up the stack that is not the machine's."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith("tern.workshop.frameworks"):
            return frame.f_lineno
        frame = frame.f_back
    return None


def make_graph(machine: Any, function: Callable, *arguments: Any, real: bool = False) -> Graph:
    """The graph of what a function calls, for arguments like these: tensors, arrays, and others.

    The function sees shapes of tensors, and no numbers of theirs, unless `real`. Other arguments it
    sees as they are, and the graph takes them for granted. Placeholders are named x0, x1, and so
    on. DataDependentError if the function asks for a number. Constants are the arrays themselves.
    """
    with tracing(machine) as graph:
        inputs = []
        for number, each in enumerate(arguments):
            if not hasattr(each, "shape"):  # a number is what it is now
                graph.placeholder(f"x{number}")
                inputs.append(each)
                continue
            data = each.data if isinstance(each, Tensor) else np.asarray(each)
            tensor = machine.tensor(data if real else spec_of(data))
            tensor.proxy = graph.placeholder(f"x{number}", spec_of(tensor))
            inputs.append(tensor)
        graph.result = _results(graph, function(*inputs))
    return graph


def _results(graph: Graph, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_results(graph, each) for each in value)
    return proxy_of(graph, value)


__all__ = ["GraphNode", "line_of_program", "make_graph", "proxy_of", "trace", "tracing"]
