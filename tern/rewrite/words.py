"""The words that rules use for what they ask about constants, types, and attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.ir import Value
from tern.ir.dialects.forms import element_of
from tern.numbers import float_bits, width_of
from tern.rewrite.folding import number_of
from tern.types import FloatType, IntegerType, TensorType, Type

CONDITIONS: dict[str, Callable[..., bool]] = {}
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def condition(function: Callable[..., bool]) -> Callable[..., bool]:
    CONDITIONS[function.__name__] = function
    return function


def attribute(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


# constants ----------------------------------------------------------------------------------------


@condition
def varies(x: Value) -> bool:
    """It isn't a constant."""
    return number_of(x) is None


@condition
def shifts(*amounts: Value) -> bool:
    """Together the amounts are less than the width of what they shift, and none is negative."""
    numbers = [number_of(each) for each in amounts]
    return min(numbers) >= 0 and sum(numbers) < width_of(element_of(amounts[0].type))


@condition
def shifts_out(first: Value, then: Value) -> bool:
    """Each amount is less than the width of what they shift, but not both together."""
    return shifts(first) and shifts(then) and not shifts(first, then)


@condition
def wide(x: Value) -> bool:
    """It has more than one bit: of a single one, read as signed, 1 is -1."""
    return width_of(element_of(x.type)) > 1


@condition
def reaches(number: Value, other: Value) -> bool:
    """One signed integer is at least the other."""
    sign = 1 << width_of(element_of(number.type)) - 1  # of a single bit, too: 1 is -1
    return unsigned_of(number) ^ sign >= unsigned_of(other) ^ sign


@condition
def reaches_unsigned(number: Value, other: Value) -> bool:
    """One integer, read without a sign, is at least the other."""
    return unsigned_of(number) >= unsigned_of(other)


@condition
def has_bits(number: Value, other: Value) -> bool:
    """All bits that are set in the other integer are set in the one."""
    return unsigned_of(other) & ~unsigned_of(number) == 0


def unsigned_of(number: Value) -> int:
    """The bits of an integer constant, as a number of 0 or more."""
    return number_of(number) % 2 ** width_of(element_of(number.type))


@condition
def power_of_two(number: Value) -> bool:
    """A float that is a power of two, as its reciprocal is: a product with it is as exact."""
    import math

    value, type = number_of(number), element_of(number.type)
    if not math.isfinite(value) or abs(math.frexp(value)[0]) != 0.5:
        return False
    exponent = float_bits(abs(value), type) >> type.fraction
    return 0 < exponent < 2 * ((1 << (type.exponent - 1)) - 1)  # normal, both of them


# types --------------------------------------------------------------------------------------------


@condition
def narrower(a: Type, b: Type) -> bool:
    """Both are integers, or both floats, and the first has fewer bits."""
    less, more = element_of(a), element_of(b)
    alike = any(isinstance(less, k) and isinstance(more, k) for k in (IntegerType, FloatType))
    return alike and less.width < more.width


@condition
def integer(type: Type) -> bool:
    return isinstance(element_of(type), IntegerType)


@condition
def floating(type: Type) -> bool:
    return isinstance(element_of(type), FloatType)


@condition
def exact(narrow: Type, wide: Type) -> bool:
    """Every integer of the one type is a number of the other, a float's."""
    whole, float_ = element_of(narrow), element_of(wide)
    fits = isinstance(whole, IntegerType) and isinstance(float_, FloatType)
    return fits and whole.width <= float_.fraction + 1 and whole.width < 1 << float_.exponent - 1


# attributes ---------------------------------------------------------------------------------------

SWAPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


@attribute
def swapped(predicate: str) -> str:
    """The predicate that says the same of the operands the other way around."""
    return predicate[0] + SWAPPED[predicate[1:]] if predicate[1:] in SWAPPED else predicate


@attribute
def negated(predicate: str) -> str:
    """The predicate of cmpi that holds where this one doesn't."""
    return NEGATED.get(predicate) or predicate[0] + NEGATED[predicate[1:]]


@attribute
def unordered(predicate: str) -> str:
    """The predicate of cmpf that holds where this one doesn't: of NaN too."""
    opposite = {"true": "false", "false": "true", "ord": "uno", "uno": "ord"}
    letter = "u" if predicate[0] == "o" else "o"
    return opposite.get(predicate) or letter + NEGATED[predicate[1:]]


@condition
def identity(permutation: tuple[int, ...]) -> bool:
    """Every axis stays where it is."""
    return permutation == tuple(range(len(permutation)))


@attribute
def compose(first: tuple[int, ...], then: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation of a transpose by `first`, and of its result by `then`."""
    return tuple(first[axis] for axis in then)


@attribute
def spread(first: tuple[int, ...], then: tuple[int, ...]) -> tuple[int, ...]:
    """The new axes of a broadcast along `first`, and of its result along `then`."""
    enough = range(max(first, default=-1) + 1 + len(then))
    kept = [axis for axis in enough if axis not in then]  # the axes of the first one's result
    return tuple(sorted({*then, *(kept[axis] for axis in first)}))


@attribute
def grouped(first: tuple[Any, ...], then: tuple[Any, ...]) -> tuple[Any, ...]:
    """The reassociation of a collapse by `first`, and of its result by `then`. For expansions, of
    the one by `then`, and of its result by `first`."""
    return tuple(tuple(axis for group in outer for axis in first[group]) for outer in then)


@condition
def known(type: Type) -> bool:
    """All its sizes are numbers."""
    return all(isinstance(size, int) for size in getattr(type, "shape", ()))


@condition
def single(groups: tuple[Any, ...], type: Type) -> bool:
    """Of each group of the type's dimensions one at most has a size that isn't a number: so the
    sizes follow from those of the whole."""
    if not isinstance(type, TensorType):
        return False
    unknown = [[axis for axis in g if not isinstance(type.shape[axis], int)] for g in groups]
    return all(len(axes) <= 1 for axes in unknown)
