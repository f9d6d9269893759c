"""Products of matrices: their shapes, and the types that they are added up in."""

from __future__ import annotations

from tern.check.arguments import element
from tern.check.builtins import Checker
from tern.check.rules import Arguments, Shape, Wrong, tensor
from tern.check.surface import is_float, same_size, spell
from tern.types import ScalarType, TensorType, Type, i1


def matmul(checker: Checker, given: Arguments) -> Type:
    left, right = (
        tensor(checker, given["a"], range(2, 99)),
        tensor(checker, given["b"], range(2, 99)),
    )
    shape = product_shape(left, right)
    if left.element != right.element or left.element == i1:
        raise Wrong(f"needs numbers of one type, found {spell(left)} and {spell(right)}")
    if "dtype" not in given:
        return TensorType(shape, left.element)
    wide = element(given["dtype"])
    if wide is None or is_float(wide) != is_float(left.element) or not can_hold(wide, left.element):
        raise Wrong(
            f"adds up {spell(left.element)} in a type that holds it: `dtype=f32`", given["dtype"]
        )
    return TensorType(shape, wide)


def can_hold(wide: ScalarType, narrow: ScalarType) -> bool:
    """Whether every number of one type is one of the other."""
    if is_float(wide):
        return wide.exponent >= narrow.exponent and wide.fraction >= narrow.fraction
    return getattr(wide, "width", 64) >= getattr(narrow, "width", 64) + (
        getattr(narrow, "unsigned", False) and not getattr(wide, "unsigned", False)
    )


def product_shape(left: TensorType, right: TensorType) -> Shape:
    """Of matrices, or of as many matrices on either side; Wrong if they do not fit."""
    *outer, rows, inner = left.shape
    *others, inner2, columns = right.shape
    if not same_size(inner, inner2):
        raise Wrong(
            "needs as many columns on the left as rows on the right, "
            f"found {spell(left)} and {spell(right)}",
            None,
            f"`{inner}` and `{inner2}` are not known to be equal",
        )
    if others and not (len(others) == len(outer) and all(map(same_size, outer, others))):
        raise Wrong(f"needs as many matrices on both sides, found {spell(left)} and {spell(right)}")
    return (*outer, rows, columns)
