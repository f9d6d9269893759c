"""Arguments that a command line spells, as values of the types that a function takes."""

from __future__ import annotations

import json
import math
from typing import Any

from tern.errors import UsageError


def argument(text: str, type_: Any, what: str, sizes: dict[str, int]) -> Any:
    """The value that a text spells, which must be of the type. `sizes` keeps named sizes."""
    import numpy

    from tern.check.surface import element_of, shape_of, spell
    from tern.ir.arrays import dtype_of
    from tern.shapes import replaced

    shape = shape_of(type_)
    try:
        value = json.loads(text, parse_float=_finite)
    except (ValueError, RecursionError):
        raise UsageError(f"{what} is not a number, true, false or a list: {text}") from None
    numbers = [_number(number, type_, what) for number in _numbers(value)]
    if not shape and not isinstance(value, list):
        return numbers[0]
    try:
        found = numpy.array(value, dtype=object)
        if any(isinstance(item, list) for item in found.flat):
            raise ValueError
        array = numpy.array(numbers, dtype_of(element_of(type_))).reshape(found.shape)
    except ValueError:
        raise UsageError(f"{what} has rows of different lengths") from None
    if array.ndim != len(shape) or array.ndim == 0:
        raise UsageError(f"{what} is {spell(type_)}, found {array.ndim} axes")
    for size, actual in zip(shape, array.shape):
        expected = replaced(size, sizes)
        if isinstance(expected, str) and expected == size:
            sizes[size] = actual  # of a sum too early to be known, `run` will say what is wrong
        elif expected != actual:
            name = f"`{size}` is {expected}" if isinstance(size, str) else f"it is {size}"
            raise UsageError(f"{what} is {spell(type_)}: {name}, found {actual}")
    return array


class _TooLarge(float):
    """A number beyond the greatest double, which knows how it was written."""

    text: str


def _finite(text: str) -> float:
    value = _TooLarge(text)
    value.text = text
    return value if math.isinf(value) else float(text)


def _numbers(value: Any) -> list[Any]:
    """What nested lists hold, in order. No recursion."""
    found, stack = [], [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += reversed(item)
        else:
            found.append(item)
    return found


def _number(given: Any, type_: Any, what: str) -> Any:
    """A JSON value as a number of the element type of a parameter."""
    from tern.check.surface import element_of, spell
    from tern.ir import check_scalar

    shown = given.text if isinstance(given, _TooLarge) else json.dumps(given)
    try:
        number = check_scalar(given, element_of(type_))
    except (TypeError, OverflowError):
        raise UsageError(f"{what} is {spell(type_)}, found {shown}") from None
    infinite = isinstance(number, float) and math.isinf(number)
    if isinstance(given, _TooLarge) or (infinite and given not in (math.inf, -math.inf)):
        raise UsageError(f"{what} is {spell(type_)}, found {shown}, which is too large")
    return number
