"""What a rewrite is: a pattern that is tried on the operations of one name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tern.errors import TernError
from tern.ir import Operation
from tern.rewrite.rewriter import Rewriter


class PatternLike(Protocol):
    """What the driver asks of a pattern, whether it is written in Python or is a rule.

    Attributes:
        name: what statistics and errors call it.
        root: the name of the operations it is tried on.
        benefit: of several for one operation, the one of the highest benefit is tried first.
    """

    @property
    def name(self) -> str: ...
    @property
    def root(self) -> str: ...
    @property
    def benefit(self) -> int: ...

    def rewrite(self, op: Operation, rewriter: Rewriter, /) -> bool:
        """Rewrite at `op`, by the rewriter alone; whether anything changed. Where it gives False,
        it has changed nothing."""
        ...


@dataclass(frozen=True, repr=False)
class Pattern:
    """A pattern whose `rewrite` is any function: see PatternLike."""

    name: str
    root: str
    rewrite: Callable[[Operation, Rewriter], bool]
    benefit: int = 1

    def __repr__(self) -> str:
        return f"<pattern {self.name} of {self.root}>"


Candidates = Callable[[Operation], Sequence[PatternLike]]
"""For an operation the patterns that are worth trying on it, the best first."""


class RewriteError(TernError, RuntimeError):
    """Patterns go on rewriting without end."""


def pattern(root: str, benefit: int = 1) -> Callable[[Callable[..., bool]], Pattern]:
    """A decorator: makes a Pattern of a function of an operation and a rewriter.

    @pattern("arith.negf")
    def negate_twice(op, rewriter): ...

    is the pattern "negate-twice".
    """

    def made(function: Callable[..., bool]) -> Pattern:
        return Pattern(function.__name__.replace("_", "-"), root, function, benefit)

    return made
