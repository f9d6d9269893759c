"""A program before and after a pass, called with the same arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tern.ir import Operation, Outcome, outcome


@dataclass(frozen=True)
class Difference:
    """Arguments for which a function came to something else than before."""

    arguments: tuple[Any, ...]
    before: Outcome
    after: Outcome

    def __str__(self) -> str:
        given = ", ".join(map(repr, self.arguments))
        return f"for ({given}): {told(self.before)} before, {told(self.after)} after"


def told(outcome: Outcome) -> str:
    """What a call came to, in a few words."""
    if outcome.results is None:
        place = "" if outcome.location is None else f" at {outcome.location}"
        return f"{outcome.error}{place}"
    return ", ".join(map(repr, outcome.results))


def difference(
    before: Operation,
    after: Operation,
    name: str,
    arguments: Iterable[Iterable[Any]],
    max_steps: int = 100_000,
    places: bool = True,
) -> Difference | None:
    """The first arguments for which the function `name` of two modules is not the same; None if
    there are none. A call that did not end before, within `max_steps`, says nothing: skipped.
    Without `places` it does not matter where an error happens, but only which it is."""
    for given in arguments:
        given = tuple(given)
        first = outcome(before, name, *given, max_steps=max_steps)
        if first.ended:
            second = outcome(after, name, *given, max_steps=4 * max_steps)
            if not places:
                first, second = replace(first, location=None), replace(second, location=None)
            if not first.same(second):
                return Difference(given, first, second)
    return None
