"""How often patterns are tried, and questions asked; and many rules as one function."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from tern.ir import Operation
from tern.rewrite import Rule, matcher
from tern.rewrite.questions import Path, ask


class Compiled:
    """Rules as one tree of questions: a function that gives for an operation those that match it,
    best first. It keeps the rules, so that it can be sent to another process."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = list(rules)
        self._match = matcher(self.rules)

    def __call__(self, op: Operation) -> list[Rule]:
        return self._match(op)


class Asked:
    """`ask`, which counts the questions in `times`."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, op: Operation, path: Path, question: Hashable) -> Hashable:
        self.times += 1
        return ask(op, path, question)
