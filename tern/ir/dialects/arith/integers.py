"""arith on integers and index, and math.absi: alone or elementwise on tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import (
    Compute,
    array_signed,
    array_unsigned,
    array_wrapped,
    dtype_of,
    integers,
    result_element,
    same_shape,
    signed,
    unsigned,
    wrapped,
)
from tern.ir.dialects.forms import INTEGER, elementwise
from tern.ir.errors import EvaluationError
from tern.ir.registry import Evaluation, register
from tern.lazily import Lazily
from tern.numbers import width_of, wrap_to
from tern.types import Type

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")


# division -------------------------------------------------------------------------------------


def divide_toward_zero(a: int, b: int) -> int:
    if b == 0:
        raise EvaluationError("integer division by zero")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(a: int, b: int) -> int:
    """The remainder that has the dividend's sign."""
    if b == 0:
        raise EvaluationError("integer remainder by zero")
    result = abs(a) % abs(b)
    return -result if a < 0 else result


def divisions(compute: Compute, arrays: Compute, word: str) -> Evaluation:
    """Signed division and remainder, which trap where hardware may: the least number by -1,
    whose quotient does not fit."""

    def scalar(op: Operation) -> Compute:
        type = result_element(op)
        width = width_of(type)
        least = -(1 << (width - 1))

        def divide(a: int, b: int) -> int:
            if b == -1 and a == least:
                raise EvaluationError(f"{least} / -1 does not fit an i{width}")
            return compute(a, b)

        return divide if width > 1 else wrapped(signed(divide, type), type)

    def array(op: Operation) -> Compute:
        type = result_element(op)
        dtype, least = dtype_of(type), -(1 << (width_of(type) - 1))

        def divide(a: Any, b: Any) -> Any:
            a, b = array_signed(a), array_signed(b)
            if not np.all(b):
                raise EvaluationError(f"integer {word} by zero")
            if np.any((b == -1) & (a == least)):
                raise EvaluationError(f"{least} / -1 does not fit an i{width_of(type)}")
            return array_wrapped(arrays(a, b), dtype)

        return same_shape(divide)

    return Evaluation(scalar, array)


def unsigned_divisions(compute: Compute, arrays: Compute, word: str) -> Evaluation:
    def scalar(op: Operation) -> Compute:
        def divide(a: int, b: int) -> int:
            if b == 0:
                raise EvaluationError(f"integer {word} by zero")
            return compute(a, b)

        type = result_element(op)
        return wrapped(unsigned(divide, type), type)

    def array(op: Operation) -> Compute:
        dtype = dtype_of(result_element(op))

        def divide(a: Any, b: Any) -> Any:
            if not np.all(b):
                raise EvaluationError(f"integer {word} by zero")
            return array_wrapped(arrays(array_unsigned(a), array_unsigned(b)), dtype)

        return same_shape(divide)

    return Evaluation(scalar, array)


# shifts ---------------------------------------------------------------------------------------


def shifts(compute: Compute, arrays: Compute, reads: str) -> Evaluation:
    """By less than the width; what is shifted is read as signed or unsigned."""
    read, array_read = (signed, array_signed) if reads == "signed" else (unsigned, array_unsigned)

    def scalar(op: Operation) -> Compute:
        type = result_element(op)
        width = width_of(type)
        shift = read(compute, type)

        def checked(a: int, by: int) -> int:
            if not 0 <= by < width:
                raise EvaluationError(f"shift of an i{width} by {int(by)}")
            return shift(a, by)

        return wrapped(checked, type)

    def array(op: Operation) -> Compute:
        type = result_element(op)
        dtype, width = dtype_of(type), width_of(type)

        def shift(a: Any, by: Any) -> Any:
            if np.any((by < 0) | (by >= width)):
                raise EvaluationError(f"shift of an i{width} by its width or more")
            return array_wrapped(arrays(array_read(a), array_unsigned(by)), dtype)

        return same_shape(shift)

    return Evaluation(scalar, array)


# neutral elements: of i1, which is read as signed, 1 is -1 --------------------------------------


def number(value: int) -> Callable[[Type], int]:
    """A neutral element that is a number, in the range of the type."""
    return lambda type: wrap_to(value, type)


def least(type: Type) -> int:
    return wrap_to(-1 << (width_of(type) - 1), type)


def greatest(type: Type) -> int:
    return wrap_to((1 << (width_of(type) - 1)) - 1, type)


def binary(name: str, evaluation: Evaluation, **facts: Any) -> None:
    register(elementwise(f"arith.{name}", 2, INTEGER, evaluation=evaluation, **facts))


binary(
    "addi", integers(lambda a, b: a + b), commutative=True, neutral=number(0), on_bits="arith.xori"
)
binary("subi", integers(lambda a, b: a - b), neutral=number(0), on_bits="arith.xori")
binary(
    "muli", integers(lambda a, b: a * b), commutative=True, neutral=number(1), on_bits="arith.andi"
)
binary(
    "divsi",
    divisions(divide_toward_zero, lambda a, b: (a - np.fmod(a, b)) // b, "division"),
    fails="division",
)
binary("remsi", divisions(remainder, lambda a, b: np.fmod(a, b), "remainder"), fails="division")
binary(
    "divui",
    unsigned_divisions(lambda a, b: a // b, lambda a, b: a // b, "division"),
    fails="division",
    neutral=number(1),
)
binary(
    "remui",
    unsigned_divisions(lambda a, b: a % b, lambda a, b: a % b, "remainder"),
    fails="division",
)
binary(
    "maxsi",
    integers(lambda a, b: a if a >= b else b, lambda a, b: np.maximum(a, b), exact=True),
    commutative=True,
    neutral=least,
    on_bits="arith.andi",
)
binary(
    "minsi",
    integers(lambda a, b: a if a <= b else b, lambda a, b: np.minimum(a, b), exact=True),
    commutative=True,
    neutral=greatest,
    on_bits="arith.ori",
)
binary(
    "maxui",
    integers(lambda a, b: a if a >= b else b, lambda a, b: np.maximum(a, b), "unsigned"),
    commutative=True,
    neutral=number(0),
    on_bits="arith.ori",
)
binary(
    "minui",
    integers(lambda a, b: a if a <= b else b, lambda a, b: np.minimum(a, b), "unsigned"),
    commutative=True,
    neutral=number(-1),
    on_bits="arith.andi",
)
binary("andi", integers(lambda a, b: a & b, exact=True), commutative=True, neutral=number(-1))
binary("ori", integers(lambda a, b: a | b, exact=True), commutative=True, neutral=number(0))
binary("xori", integers(lambda a, b: a ^ b, exact=True), commutative=True, neutral=number(0))
binary("shli", shifts(lambda a, by: a << by, lambda a, by: a << by, "unsigned"), fails="shift")
binary(
    "shrsi",
    shifts(lambda a, by: a >> by, lambda a, by: a >> by.astype(a.dtype), "signed"),
    fails="shift",
)
binary("shrui", shifts(lambda a, by: a >> by, lambda a, by: a >> by, "unsigned"), fails="shift")

register(elementwise("math.absi", 1, INTEGER, evaluation=integers(abs, lambda a: np.abs(a))))
