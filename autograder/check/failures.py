"""How a check says that something does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

from autograder.report.results import WHOLE_REPORT, Detail


class CheckFailed(AssertionError):
    """A check that did not hold, with what helps to see why.

    `where` are the frames in the reader's cells, innermost last, each a list of file, line, text,
    and function.
    """

    def __init__(
        self, message: str, details: Iterable[Detail] = (), where: Iterable[list] = ()
    ) -> None:
        self.message, self.details, self.where = message, list(details), list(where)
        told = [(label, text) for label, text in self.details if label != WHOLE_REPORT]
        lines = [message] + [f"  {label}: {text}" for label, text in told]
        super().__init__("\n".join(lines))


class CouldNotMeasure(CheckFailed):
    """A verdict that the machine did not allow, by its noise or by what it lacks: nobody failed."""


def fail(message: str, details: Sequence[Detail] = (), where: Sequence[list] = ()) -> NoReturn:
    """Raise CheckFailed, and nothing about what led to it."""
    raise CheckFailed(message, details, where) from None
