"""Operations whose operands are constants: what they compute, now."""

from __future__ import annotations

from typing import Any

from tern.ir import DEFINITIONS, EvaluationError, Operation, OpResult, Value, evaluator
from tern.ir.dialects.dense import several
from tern.ir.dialects.forms import SHAPED, element_of, shape_of
from tern.rewrite.rewriter import Rewriter

ALIKE = frozenset({"tensor.splat", "linalg.fill"})
"""The operations that make a tensor of one number, their first operand."""


def number_of(value: Value) -> Any:
    """The number that a value is known to be, as an arith.constant; of a tensor or vector, the one
    that all its elements are, as such a constant, or made of one. None for any other value."""
    while isinstance(value, OpResult) and value.op.name in ALIKE:
        value = value.op.operands[0]
    if not isinstance(value, OpResult) or value.op.name != "arith.constant":
        return None
    number = value.op.attributes["value"]
    return None if several(number) else number


def fold(op: Operation) -> Any:
    """The number that an operation gives on the constants that it takes; for tensors of one shape,
    the one that is every element of the result. None if an operand isn't such a constant, the
    operation isn't one on single numbers, or it fails: then it stays, and fails at run time.
    """
    if not op.operands or len(op.results) != 1 or op.regions:
        return None
    numbers = [number_of(value) for value in op.operands]
    if any(number is None for number in numbers):
        return None
    try:
        return evaluator(_on_elements(op))(*numbers)
    except EvaluationError:
        return None


def fold_at(op: Operation, rewriter: Rewriter) -> bool:
    """Put a constant in the place of an operation on constants; whether it is one."""
    number = fold(op)
    constant = None if number is None else rewriter.constant(op, number, op.result.type)
    if constant is None:
        return False
    rewriter.replace(op, [constant])
    return True


def _on_elements(op: Operation) -> Operation:
    """An elementwise operation, as it is on one element of each tensor; any other as it is."""
    types = [value.type for value in (*op.operands, *op.results)]
    if not any(isinstance(type, SHAPED) for type in types):
        return op
    definition = DEFINITIONS.get(op.name)
    elementwise = definition is not None and definition.evaluation is not None
    elementwise = elementwise and definition.evaluation.scalar is not None
    shapes = {shape_of(type) for type in types if isinstance(type, SHAPED)}
    if not elementwise or len(shapes) != 1:
        return op
    operands = [Value(element_of(value.type)) for value in op.operands]
    return Operation(op.name, operands, [element_of(op.result.type)], op.attributes)
