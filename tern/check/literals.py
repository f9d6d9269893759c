"""Numbers in a program's text, which adapt to what stands beside them."""

from __future__ import annotations

import math

from tern.numbers import integer_range, round_to
from tern.text import tree
from tern.types import FloatType, ScalarType


def is_literal(expression: tree.Expression) -> bool:
    """Whether this is a number, perhaps with a minus: what adapts to another type."""
    match expression:
        case tree.Integer() | tree.Float():
            return True
        case tree.Unary("-", tree.Integer() | tree.Float()):
            return True
    return False


def is_whole(literal: tree.Expression) -> bool:
    """Whether a literal is an integer, perhaps with a minus."""
    number = literal.operand if isinstance(literal, tree.Unary) else literal
    return isinstance(number, tree.Integer)


def fits(value: int | float, element: ScalarType) -> bool:
    """Whether an element type can hold a number, a float's nearest one being finite."""
    if isinstance(element, FloatType):
        return math.isfinite(round_to(value, element))
    least, greatest = integer_range(element)
    return least <= value <= greatest
