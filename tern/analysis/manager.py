"""Analyses that are computed once, and kept until a pass changes what they are about."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tern.ir import Operation

Analysis = Callable[[Operation], Any]
F = TypeVar("F", bound=Analysis)

_in_force: list[Analyses] = []


class Analyses:
    """What is known of functions: the results of analyses, as long as they are right.

    Attributes:
        computed, reused: how often each analysis, by its name, was asked for and had to be
            computed, or was known.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Operation], Any] = {}
        self.computed: Counter[str] = Counter()
        self.reused: Counter[str] = Counter()

    def get(self, name: str, compute: Analysis, func: Operation) -> Any:
        key = name, func
        if key in self._known:
            self.reused[name] += 1
        else:
            self.computed[name] += 1
            self._known[key] = compute(func)
        return self._known[key]

    def known(self) -> list[tuple[str, Operation, Any]]:
        """The analyses that are kept now: name, function, result."""
        return [(name, func, result) for (name, func), result in self._known.items()]

    def forget(self, func: Operation) -> None:
        """Forget what is known of one function."""
        self._known = {key: result for key, result in self._known.items() if key[1] is not func}

    def invalidate(self, preserved: frozenset[str] = frozenset()) -> None:
        """Forget all but the analyses of these names: a pass has changed something."""
        self._known = {key: result for key, result in self._known.items() if key[0] in preserved}


def analysis(compute: F) -> F:
    """Make a function of a func.func one whose results are kept while `keeping` is in force."""
    name = compute.__name__

    @functools.wraps(compute)
    def ask(func: Operation) -> Any:
        if not _in_force:
            return compute(func)
        return _in_force[-1].get(name, compute, func)

    ANALYSES[name] = compute
    return ask  # type: ignore[return-value]


ANALYSES: dict[str, Analysis] = {}
"""The analyses by name, each as it computes, without looking at what is kept."""


def forget(func: Operation) -> None:
    """Say that the function has changed: a pass calls it that asks for an analysis afterwards."""
    if _in_force:
        _in_force[-1].forget(func)


@contextmanager
def keeping(analyses: Analyses) -> Iterator[Analyses]:
    """Analyses that are asked for inside of the `with` are kept in `analyses`."""
    _in_force.append(analyses)
    try:
        yield analyses
    finally:
        _in_force.pop()
