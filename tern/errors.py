"""The one base of everything that tern raises about a program or a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TernError(Exception):
    """A program, or what was asked of it, is wrong; `str()` says how.

    Each also derives from the built-in error that it is a kind of, such as ValueError.
    """

    exit_code = 1  # of `python -m tern`, when the error ends it
    location: Any = None  # of the operation that it is about, if that is known

    def report(self) -> str:
        """What the command line prints."""
        return f"tern: {self}"


class UsageError(TernError):
    """The command, rather than the program, is wrong."""

    exit_code = 2


class EmitError(TernError, ValueError):
    """Something has no form in the language of a target. The message is one line."""


@contextmanager
def at(location: Any) -> Iterator[None]:
    """What is raised inside, and does not know its location yet, is about this one."""
    try:
        yield
    except TernError as error:
        if error.location is None:
            error.location = location
        raise
