"""What a call comes to: its results, or its error with the place, and how much ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tern.ir.core import Block, Operation
from tern.ir.errors import EvaluationError, OutOfSteps
from tern.ir.machine import run
from tern.numbers import same


@dataclass(frozen=True)
class Outcome:
    """What calling a function came to.

    Attributes:
        results: what it returned; None if it failed.
        error, location: the message of its error, and where the operation that failed stands
            in the source; None if it returned.
        executed: how many operations ran, terminators among them, and constants not: they cost
            an instruction nothing. Of a block that failed all are counted.
        ended: whether it came to an end within the steps it was given.
    """

    results: tuple[Any, ...] | None
    error: str | None = None
    location: Any = None
    executed: int = field(default=0, compare=False)
    ended: bool = True

    def same(self, other: Outcome) -> bool:
        """Whether two calls came to the same: results equal to the bit, where any NaN is NaN, or
        the same error at the same place."""
        if self.results is None or other.results is None:
            return self == other
        return len(self.results) == len(other.results) and all(
            map(_same, self.results, other.results)
        )


def outcome(module: Operation, name: str, *args: Any, max_steps: int = 1_000_000) -> Outcome:
    """Call the function `name` of a module, in any form, and note what it comes to."""
    visits: dict[Block, int] = {}
    try:
        given = run(module, name, *args, max_steps=max_steps, visits=visits)
    except EvaluationError as error:
        ended = not isinstance(error, OutOfSteps)
        return Outcome(None, str(error), error.location, _executed(visits), ended)
    return Outcome(given if isinstance(given, tuple) else (given,), executed=_executed(visits))


def _executed(visits: dict[Block, int]) -> int:
    return sum(
        times * sum(op.name != "arith.constant" for op in block.operations)
        for block, times in visits.items()
    )


def _same(a: Any, b: Any) -> bool:
    if hasattr(a, "shape") or hasattr(b, "shape"):
        import numpy as np

        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype.kind != "f":
            return bool(np.array_equal(a, b))
        there = ~np.isnan(a)
        return bool(
            np.array_equal(a, b, equal_nan=True)
            and np.array_equal(np.signbit(a[there]), np.signbit(b[there]))
        )
    return type(a) is type(b) and same(a, b)
