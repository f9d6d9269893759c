"""Equality saturation: apply all rules, wherever they match, and choose at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tern.ir import Operation, Value
from tern.ir.dialects.forms import FASTMATH, FLAGGED
from tern.rewrite.ematching import Found, Terms, View
from tern.rewrite.rule import Maker, Rule, holds
from tern.rewrite.terms import Apply, Condition


class Equation(Protocol):
    """What saturation asks of a rule; `Rule` has it, and `Computed`."""

    @property
    def name(self) -> str: ...
    @property
    def left(self) -> Apply: ...
    @property
    def conditions(self) -> tuple[Condition, ...]: ...
    @property
    def flag(self) -> str: ...


@dataclass(frozen=True)
class Computed:
    """A rule whose right side a function makes, where a term can't say it: it makes new shapes.

    `make(found, root)` gives the value and the operations that it takes, or None.
    """

    name: str
    left: Apply
    make: Callable[[Found, Operation], tuple[Value, list[Operation]] | None]
    conditions: tuple[Condition, ...] = ()
    flag: str = ""


@dataclass
class Saturation:
    """What came of it.

    Attributes:
        stopped: "saturated": no rule says anything new; or the limit that ended it, "nodes" or
            "iterations".
        iterations, nodes, classes: how many there were.
        fired: how often each rule said something new.
        growth: the number of nodes after each iteration.
    """

    stopped: str = "iterations"
    iterations: int = 0
    nodes: int = 0
    classes: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    growth: list[int] = field(default_factory=list)


def saturate(
    terms: Terms, rules: Iterable[Equation], max_iterations: int = 12, max_nodes: int = 1000
) -> Saturation:
    """Add to terms all that rules say is equal to them, until they say nothing new.

    Each iteration first finds all matches, and only then changes the graph, which is rebuilt once.
    So the order of rules does not matter, unless a limit ends it. A rule that asks for a flag of
    fast math is applied where all operations that it finds have it.

    Source: Willsey and others, "egg: Fast and Extensible Equality Saturation", POPL 2021,
    section 3.
    """
    rules, graph, report = list(rules), terms.graph, Saturation()
    known: set[Hashable] = set()
    while report.iterations < max_iterations:
        size, merged = len(graph.nodes), False
        for rule, leader, value, made in list(_conclusions(View(terms), rules, known)):
            before = len(graph.nodes)
            for op in made:
                terms.add(op)
            new = graph.merge(leader, terms.leaf(value))
            merged |= new
            report.fired[rule.name] += new or len(graph.nodes) > before
            if len(graph.nodes) > max_nodes:
                break
        graph.rebuild()
        report.iterations += 1
        report.growth.append(len(graph.nodes))
        if len(graph.nodes) > max_nodes or not (merged or len(graph.nodes) > size):
            report.stopped = "nodes" if len(graph.nodes) > max_nodes else "saturated"
            break
    report.nodes = len(graph.nodes)
    report.classes = len({graph.find(number) for number in range(report.nodes)})
    report.fired += Counter()  # without those that said nothing
    return report


Conclusion = tuple[Equation, int, Value, list[Operation]]


def _conclusions(
    view: View, rules: Sequence[Equation], known: set[Hashable]
) -> Iterator[Conclusion]:
    """For each match that isn't known: the rule, the class, the value that is equal to it, and what
    makes it."""
    for number, rule in enumerate(rules):
        for leader, found, ops in view.matches(rule.left):
            flags = common_flags(ops)
            key = (
                number,
                leader,
                flags,
                *(str(each) if isinstance(each, list) else each for each in found.values()),
            )
            if key in known:
                continue
            known.add(key)
            if rule.flag and rule.flag not in flags:
                continue
            if not all(holds(each, found) for each in rule.conditions):
                continue
            if isinstance(rule, Rule):
                maker = Maker(found, ops[0], flags)
                value, made = maker.make(rule.right, ops[0].result.type), maker.made
            else:
                value, made = rule.make(found, ops[0]) or (None, [])  # type: ignore[attr-defined]
            if value is not None and value.type == ops[0].result.type:
                yield rule, leader, value, made


def common_flags(ops: Sequence[Operation]) -> tuple[str, ...]:
    """The flags of fast math that all operations have which can have any."""
    each = [set(op.attributes.get("fastmath", ())) for op in ops if op.name in FLAGGED]
    return tuple(flag for flag in FASTMATH if each and all(flag in flags for flags in each))
