"""Every elementwise operation on every type, on the numbers at which something changes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tern.ir import (
    DEFINITIONS,
    EvaluationError,
    Operation,
    Value,
    check_operation,
    evaluator,
)
from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES
from tern.numbers import integer_range, round_to
from tern.types import SCALARS, FloatType, ScalarType, i1, own_spelling

PREDICATES = {"arith.cmpi": INTEGER_PREDICATES, "arith.cmpf": FLOAT_PREDICATES}


@dataclass(frozen=True)
class Case:
    """One operation on numbers of these types."""

    name: str
    operands: tuple[ScalarType, ...]
    result: ScalarType
    predicate: str = ""

    @property
    def attributes(self) -> dict[str, Any]:
        return {"predicate": self.predicate} if self.predicate else {}

    @property
    def types(self) -> str:
        """`f32`, or `f32 to i8` of what makes one type of another."""
        first, result = own_spelling(self.operands[-1]), own_spelling(self.result)
        return first if first == result or self.predicate else f"{first} to {result}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.predicate, self.types)))

    def operation(self, operands: list[Value] | None = None) -> Operation:
        """The operation, of these operands or of values that nothing defines."""
        values = [Value(type) for type in self.operands] if operands is None else operands
        return Operation(self.name, values, [self.result], self.attributes)


@cache
def cases() -> tuple[Case, ...]:
    """All of them: what the definitions say that computes numbers of numbers."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for name, definition in DEFINITIONS.items():
        evaluation = definition.evaluation
        if evaluation is None or None in (evaluation.scalar, evaluation.array):
            continue
        if name == "arith.constant":
            continue
        for predicate in PREDICATES.get(name, [""]):
            for first, result in itertools.product(SCALARS, SCALARS):
                shapes = [(first,), (first, first), (i1, first, first), (first, first, first)]
                for operands in dict.fromkeys(shapes):
                    case = Case(name, operands, result, predicate)
                    if check_operation(case.operation()) is None:
                        yield case


@cache
def edges(type: ScalarType) -> tuple[Any, ...]:
    """Numbers of a type at which something changes."""
    if type == i1:
        return False, True
    if isinstance(type, FloatType):
        smallest = 2.0 ** (2 - 2 ** (type.exponent - 1))  # of the normal ones
        largest = (2 - 2.0**-type.fraction) * 2.0 ** (2 ** (type.exponent - 1) - 1)
        denormal = smallest * 2.0**-type.fraction
        positive = [0.0, 1.0, 2.5, 0.1, 3e4, smallest, denormal, largest, math.inf]
        return (*[round_to(s * x, type) for x in positive for s in (1, -1)], math.nan)
    least, greatest = integer_range(type)
    numbers = (least, least + 1, -8, -1, 0, 1, 7, 31, greatest - 1, greatest)
    return tuple(sorted({n for n in numbers if least <= n <= greatest}))


@dataclass(frozen=True)
class Expected:
    """What the definition says: inputs with their results, and inputs for which there is none."""

    inputs: list[tuple[Any, ...]]
    results: list[Any]
    failing: list[tuple[Any, ...]]


@cache
def expected(case: Case) -> Expected:
    """By the scalar evaluator, which is the definition."""
    compute, found = evaluator(case.operation()), Expected([], [], [])
    for numbers in itertools.product(*map(edges, case.operands)):
        try:
            found.results.append(compute(*numbers))
        except EvaluationError:
            found.failing.append(numbers)
        else:
            found.inputs.append(numbers)
    return found
