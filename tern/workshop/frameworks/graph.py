"""Graphs of calls, as torch.fx has them: placeholders, constants, calls, and an output.

Source: J. Reed et al., "torch.fx: Practical Program Capture and Transformation" (2021), section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tern.workshop.frameworks.expressions import Expression, evaluate
from tern.workshop.frameworks.kernels import Spec


class GraphNode:
    """One value of a graph.

    `kind` is "placeholder", "constant", or "call"; `target` the operation's name, or the
    argument's; `operands` are nodes, numbers, and lists of them; `spec` says what it looks like, if
    that is known; `line` is the line of the program that it comes from; `value` is a constant's
    array.
    """

    __slots__ = ("kind", "line", "name", "operands", "params", "spec", "target", "value")

    def __init__(self, kind: str, name: str, target: str, operands: Sequence[Any] = ()) -> None:
        self.kind, self.name, self.target, self.operands = kind, name, target, tuple(operands)
        self.params: dict[str, Any] = {}
        self.spec: Spec | None = None
        self.line: int | None = None
        self.value: Any = None

    def inputs(self) -> Iterator[GraphNode]:
        """The nodes among the operands, those in lists too."""
        for each in self.operands:
            if isinstance(each, GraphNode):
                yield each
            elif isinstance(each, list):
                yield from (inner for inner in each if isinstance(inner, GraphNode))

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        typed = self.name if self.spec is None else f"{self.name}: {self.spec}"
        if self.kind == "placeholder":
            return f"{typed} = placeholder"
        if self.kind == "constant":
            return f"{typed} = constant"
        shown = [repr(each) for each in self.operands]
        shown += [f"{name}={value}" for name, value in self.params.items()]
        return f"{typed} = {self.target}({', '.join(shown)})"


class Graph:
    """Nodes in an order in which they can be computed, and the results: a node, a number, or a
    tuple of them."""

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self.result: Any = None
        self._names: dict[str, int] = {}
        self._constants: dict[int, GraphNode] = {}

    def placeholder(self, target: str, spec: Spec | None = None) -> GraphNode:
        return self._add("placeholder", target, spec=spec)

    def constant(self, value: Any) -> GraphNode:
        """The node of an array or a tensor: one for each, however often it is used."""
        if id(value) not in self._constants:
            spec = Spec(value.shape, value.dtype)
            node = self._constants[id(value)] = self._add("constant", "constant", spec=spec)
            node.value = value  # which keeps the array, and so its id
        return self._constants[id(value)]

    def call(
        self,
        target: str,
        operands: Sequence[Any],
        params: dict[str, Any] | None = None,
        spec: Spec | None = None,
        line: int | None = None,
    ) -> GraphNode:
        node = self._add("call", target, operands, spec)
        node.params, node.line = dict(params or {}), line
        return node

    def _add(
        self, kind: str, target: str, operands: Sequence[Any] = (), spec: Spec | None = None
    ) -> GraphNode:
        count = self._names.get(target, 0)
        self._names[target] = count + 1
        name = f"{target.rstrip('_')}_{count}" if count or target.endswith("_") else target
        node = GraphNode(kind, name, target, operands)
        node.spec = spec
        self.nodes.append(node)
        return node

    @property
    def placeholders(self) -> list[GraphNode]:
        return [node for node in self.nodes if node.kind == "placeholder"]

    @property
    def calls(self) -> list[GraphNode]:
        return [node for node in self.nodes if node.kind == "call"]

    def run(self, operators: dict[str, Callable], *arguments: Any) -> Any:
        """The result for arguments, by operators of these names. O(nodes)."""
        values: dict[GraphNode, Any] = {}

        def value(each: Any) -> Any:
            if isinstance(each, GraphNode):
                return values[each]
            if isinstance(each, Expression):
                return evaluate(each, arguments)
            if isinstance(each, list | tuple):
                return type(each)(value(inner) for inner in each)
            return each

        remaining = iter(arguments)
        for node in self.nodes:
            if node.kind == "placeholder":
                values[node] = next(remaining)
            elif node.kind == "constant":
                values[node] = node.value
            else:
                operands = [value(each) for each in node.operands]
                params = {name: value(each) for name, each in node.params.items()}
                values[node] = operators[node.target](*operands, **params)
        return value(self.result)

    def without_dead_code(self) -> Graph:
        """A copy without the calls and constants that no result needs; mutations stay."""
        needed = set(_nodes_in(self.result))
        for node in reversed(self.nodes):
            if node in needed or node.target.endswith("_"):
                needed.add(node)
                needed.update(node.inputs())
        found = Graph()
        found.nodes = [n for n in self.nodes if n in needed or n.kind == "placeholder"]
        found.result, found._names = self.result, dict(self._names)
        return found

    def __str__(self) -> str:
        return "\n".join([*map(str, self.nodes), f"return {self.result!r}"])


def _nodes_in(value: Any) -> Iterator[GraphNode]:
    if isinstance(value, GraphNode):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _nodes_in(each)
