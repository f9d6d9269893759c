"""Rules matched in an e-graph: each operand is a class, and any of its nodes may fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.forms import element_of
from tern.rewrite.egraph import EGraph
from tern.rewrite.folding import number_of
from tern.rewrite.questions import ask
from tern.rewrite.terms import MAIN, WORDS, Apply, Number, Term, Variable
from tern.types import own_spelling

Found = dict[str, Any]
"""What the names of a rule are bound to, as tern.rewrite.questions.bindings spells them."""


@dataclass
class Terms:
    """The IR's values as an e-graph: a node is an operation, and a leaf a value as such.

    Attributes:
        graph: its labels are the operations' names, attributes, and types.
        values: of each node, the value. Of nodes that a rule made, the operation is in no block.
        numbers: of each value, its node.
    """

    graph: EGraph = field(default_factory=EGraph)
    values: list[Value] = field(default_factory=list)
    numbers: dict[Value, int] = field(default_factory=dict)

    def leaf(self, value: Value) -> int:
        """The node of a value, of which nothing is known unless it is there already."""
        if value not in self.numbers:
            self._note(value, self.graph.add(value))
        return self.numbers[value]

    def add(self, op: Operation) -> int:
        """The node of an operation of one result. Its operands come before it."""
        attributes = tuple(sorted(op.attributes.items()))
        children = [self.leaf(operand) for operand in op.operands]
        label = (
            op.name,
            repr(attributes),
            own_spelling(op.result.type),
        )  # 1 is not 1.0, nor 0.0 -0.0
        self._note(op.result, self.graph.add(label, *children))
        return self.numbers[op.result]

    def _note(self, value: Value, number: int) -> None:
        self.numbers[value] = number
        if number == len(self.values):
            self.values.append(value)


class View:
    """The classes of terms as they are now, for rules to look at. O(size of the graph)."""

    def __init__(self, terms: Terms) -> None:
        graph = terms.graph
        self.terms = terms
        self.nodes: dict[int, dict[str, list[tuple[Operation, list[int]]]]] = {}
        self.roots: dict[str, list[tuple[Operation, int, list[int]]]] = {}
        self.value: dict[int, Value] = {}  # of each class one; a constant, if there is one
        seen = set()
        for number, value in enumerate(terms.values):
            leader = graph.find(number)
            if number_of(value) is not None or leader not in self.value:
                self.value[leader] = value
            node = graph.canonical(graph.nodes[number])
            if len(node) == 1 and not isinstance(node[0], tuple) or node in seen:
                continue
            seen.add(node)
            assert isinstance(value, OpResult)
            children: list[int] = list(node[1:])  # type: ignore[arg-type]
            self.nodes.setdefault(leader, {}).setdefault(value.op.name, []).append(
                (value.op, children)
            )
            self.roots.setdefault(value.op.name, []).append((value.op, leader, children))

    def matches(self, term: Apply) -> Iterator[tuple[int, Found, list[Operation]]]:
        """Where a term matches: the class, what its names are bound to, and its operations, the
        root first. A class may match in several ways."""
        for op, leader, children in self.roots.get(term.op, ()):
            for found, ops in self._node(term, op, leader, children, {}):
                yield leader, found, ops

    def _class(
        self, term: Term, leader: int, found: Found
    ) -> Iterator[tuple[Found, list[Operation]]]:
        if isinstance(term, Apply):
            for op, children in self.nodes.get(leader, {}).get(term.op, ()):
                yield from self._node(term, op, leader, children, found)
            return
        value = self.value[leader]
        if isinstance(term, Number):
            names = {f"={term.text}": value} if is_number(value, term.text) else None
        elif term.is_constant and number_of(value) is None:
            names = None
        else:
            names = {} if term.name == "_" else {term.name: value}
        if names is not None:
            names = names | type_names(term.type, value)
            if (more := bound_with(found, names)) is not None:
                yield more, []

    def _node(
        self, term: Apply, op: Operation, leader: int, children: list[int], found: Found
    ) -> Iterator[tuple[Found, list[Operation]]]:
        names = type_names(term.type, self.value[leader])
        if isinstance(term.attribute, str) and term.attribute != "_":
            known = op.attributes[MAIN[op.name]]
            if term.attribute not in WORDS:
                names[f"[{term.attribute}]"] = known
            elif term.attribute != known:
                return
        args = list(term.args)
        if args and isinstance(args[-1], Variable) and args[-1].is_rest:
            rest = [self.value[child] for child in children[len(args) - 1 :]]
            names[args.pop().name] = rest  # type: ignore[union-attr]
        elif len(args) != len(children):
            return
        if (more := bound_with(found, names)) is not None:
            yield from self._children(args, children, more, [op])

    def _children(
        self, args: list[Term], children: list[int], found: Found, ops: list[Operation]
    ) -> Iterator[tuple[Found, list[Operation]]]:
        if not args:
            yield found, ops
            return
        for more, inner in self._class(args[0], children[0], found):
            yield from self._children(args[1:], children[1:], more, ops + inner)


def is_number(value: Value, text: str) -> bool:
    """Whether a value is the constant that a rule's text spells."""
    if number_of(value) is None:
        return False
    if text in ("true", "false"):
        return ask(value.op, (), "number") == str(int(text == "true"))  # type: ignore[attr-defined]
    if text in ("ones", "least", "greatest"):
        return bool(ask(value.op, (), text))  # type: ignore[attr-defined]
    return ask(value.op, (), "number") == text  # type: ignore[attr-defined]


def type_names(text: str, value: Value) -> Found:
    """What the type after a term binds: a name, or nothing but whether it is this one."""
    if not text:
        return {}
    if text[0].isupper():
        return {f":{text}": value.type}
    return {} if own_spelling(element_of(value.type)) == text else {"": None}


def bound_with(found: Found, names: Found) -> Found | None:
    """Both, unless a name would have two meanings, or one is of another type (the name "")."""
    if "" in names or any(found.get(name, new) != new for name, new in names.items()):
        return None
    return found | names
