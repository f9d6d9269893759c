"""Single numbers: what an operation computes on them, and what may be given as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.ir.core import Operation
from tern.ir.dialects.forms import SHAPED
from tern.ir.errors import EvaluationError
from tern.ir.registry import DEFINITIONS
from tern.numbers import integer_range, round_to
from tern.types import FloatType, IndexType, IntegerType, Type, i1, own_spelling


def evaluator(op: Operation) -> Callable[..., Any]:
    """A function that computes the result of a scalar operation from its operands' values.

    An integer is a Python int in the range of its type, i1 a bool, a float a Python float that
    its type can represent. Everything about the operation but the operands is decided here,
    once, so the function is fast: decode first, then run.

    Raises:
        EvaluationError: the operation is not one on scalars, here; the result is not defined
            (division by zero, a conversion that does not fit), from the function.
    """
    definition = DEFINITIONS.get(op.name)
    evaluation = definition.evaluation if definition is not None else None
    scalars = not any(isinstance(value.type, SHAPED) for value in (*op.operands, *op.results))
    if evaluation is None or evaluation.scalar is None or not scalars:
        raise EvaluationError(f"{op.name} is not an operation on scalars")
    return evaluation.scalar(op)


def check_scalar(value: Any, type: Type) -> Any:
    """`value` as the interpreter holds a number of the type.

    Raises TypeError if it is no such number, OverflowError if it does not fit.
    """
    if hasattr(value, "item") and not getattr(value, "shape", None):
        value = value.item()  # a NumPy scalar
    if isinstance(type, FloatType):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return round_to(value, type)
    elif type == i1:
        if isinstance(value, bool):
            return value
    elif isinstance(type, (IntegerType, IndexType)):
        if isinstance(value, int) and not isinstance(value, bool):
            least, greatest = integer_range(type)
            if not least <= value <= greatest:
                raise OverflowError(f"{value} does not fit in {own_spelling(type)}")
            return value
    raise TypeError(f"{value!r} is not of type {own_spelling(type)}")
