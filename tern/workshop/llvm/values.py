"""The values of LLVM IR that are no numbers: poison, and what undef leads to."""

from __future__ import annotations

from collections.abc import Callable

from tern.errors import TernError


class Poison:
    """The result of what an instruction promised not to do. Almost all that uses it is poison."""

    def __repr__(self) -> str:
        return "poison"


POISON = Poison()


class Undef:
    """A value that is another number each time it is used: undef, or what was computed of it."""

    def __init__(self, draw: Callable[[], int | Poison], depth: int = 0) -> None:
        self.draw, self.depth = draw, depth

    def __repr__(self) -> str:
        return "undef"


UNDEF = Undef(lambda: 0)
"""As an argument: what it is each time, whoever runs the program chooses."""

Value = int | Poison | Undef


class UndefinedBehavior(TernError, ArithmeticError):
    """The program may do anything from here on: why, in a few words."""


class OutOfSteps(TernError, RuntimeError):
    """More instructions were executed than the caller allows."""
