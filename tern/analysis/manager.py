"""Analyses of the control flow graph, computed once and kept as long as the graph is the same."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tern.ir import Block, Operation

Analysis = Callable[[Operation], Any]
F = TypeVar("F", bound=Analysis)

Graph = list[tuple[Block, list[Block]]]

_in_force: list[Analyses] = []


def graph_of(func: Operation) -> Graph:
    """The blocks of a function in their order, each with those that it may branch to."""
    return [
        (block, [to for op in block.operations[-1:] for to, _ in op.successors])
        for block in func.body.blocks
    ]


class Analyses:
    """What is known of functions: the results of analyses, as long as they are right.

    Each is kept with the graph that it was computed from, and given out only for the same graph:
    whoever changes a function may ask again, and need not say that it has changed. To compare two
    graphs is O(blocks + edges), which is less than any analysis costs.

    Attributes:
        computed, reused: how often each analysis, by its name, was asked for and had to be
            computed, or was known.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Operation], tuple[Graph, Any]] = {}
        self._new: set[tuple[str, Operation]] = set()  # what the pass that runs has asked for
        self.computed: Counter[str] = Counter()
        self.reused: Counter[str] = Counter()

    def get(self, name: str, compute: Analysis, func: Operation) -> Any:
        key, graph = (name, func), graph_of(func)
        if key in self._known and self._known[key][0] == graph:
            self.reused[name] += 1
        else:
            self.computed[name] += 1
            self._known[key] = graph, compute(func)
            self._new.add(key)
        return self._known[key][1]

    def known(self) -> list[tuple[str, Operation, Any]]:
        """The analyses that are kept now: name, function, result."""
        return [(name, func, result) for (name, func), (_, result) in self._known.items()]

    def settle(self, preserved: frozenset[str] | None) -> None:
        """A pass has ended: keep the analyses of the names that it preserves, all if None.

        Of what was computed for the pass itself, only that stays which is of the graph it left.
        """
        for key, (graph, _) in list(self._known.items()):
            name, func = key
            outdated = key in self._new and graph != graph_of(func)
            if outdated or (preserved is not None and name not in preserved):
                del self._known[key]
        self._new.clear()


def analysis(compute: F) -> F:
    """Make a function of a func.func one whose results are kept while `keeping` is in force.

    What it computes follows from the blocks, their order, and their edges alone: see `graph_of`.
    """
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


@contextmanager
def keeping(analyses: Analyses) -> Iterator[Analyses]:
    """Analyses that are asked for inside of the `with` are kept in `analyses`."""
    _in_force.append(analyses)
    try:
        yield analyses
    finally:
        _in_force.pop()
