"""Guards: what a graph takes for granted of its arguments, as expressions that are data.

Source: "TorchDynamo and AOTAutograd", J. Ansel et al., PyTorch 2 (ASPLOS 2024), sections 3.3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tern.workshop.frameworks.expressions import COMPUTE, Expression, evaluate
from tern.workshop.frameworks.graph import Graph


class Guard(NamedTuple):
    """A test: an expression has this value."""

    expression: Expression
    value: Any

    def __str__(self) -> str:
        if self.value is True and self.expression.operator in COMPUTE:
            return str(self.expression)
        if self.value is False and self.expression.operator in COMPUTE:
            return f"not {self.expression}"
        return f"{self.expression} == {self.value!r}"


class Captured(NamedTuple):
    """A graph, and what it takes for granted. Its placeholders are all arguments, in order."""

    graph: Graph
    guards: tuple[Guard, ...]

    def __str__(self) -> str:
        return "\n".join([*(f"guard {each}" for each in self.guards), str(self.graph)])


def refuted(guards: Sequence[Guard], arguments: Sequence[Any]) -> Guard | None:
    """The first guard that does not hold for these arguments; None if all do. O(guards)."""
    for guard in guards:
        try:
            found = evaluate(guard.expression, arguments)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return guard
        if type(found) is not type(guard.value) or found != guard.value:
            return guard
    return None
