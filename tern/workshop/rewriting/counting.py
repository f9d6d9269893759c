"""How often patterns are tried, and questions asked; and many rules as one function."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from tern.ir import Operation
from tern.rewrite import PatternLike, Rewriter, Rule, matcher
from tern.rewrite.questions import Path, ask


@dataclass
class Counted:
    """A pattern that counts how often it is tried, and how often it changes something."""

    pattern: PatternLike
    tried: int = 0
    fired: int = 0

    @property
    def name(self) -> str:
        return self.pattern.name

    @property
    def root(self) -> str:
        return self.pattern.root

    @property
    def benefit(self) -> int:
        return self.pattern.benefit

    def rewrite(self, op: Operation, rewriter: Rewriter) -> bool:
        self.tried += 1
        changed = self.pattern.rewrite(op, rewriter)
        self.fired += changed
        return changed


def counted_patterns(patterns: Iterable[PatternLike]) -> list[Counted]:
    """The patterns, each of which counts."""
    return [Counted(each) for each in patterns]


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
