"""What arith and math compute, on single numbers.

An integer is a Python int in the signed range of its type, i1 a bool, a float a Python float
that its type can represent. Integers wrap around, floats are IEEE 754: a result is computed in
double precision and then rounded to its type, which for + - * / gives exactly what hardware
gives.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from typing import Any

from tern.ir.core import Operation
from tern.ir.errors import EvaluationError
from tern.ir.literals import round_to, width_of, wrap
from tern.types import FloatType, IndexType, IntegerType, TensorType, Type


def evaluator(op: Operation) -> Callable[..., Any]:
    """A function that computes the result of a scalar operation from its operands' values.

    Everything about the operation but the operands is decided here, once, so the function is
    fast: decode first, then run.

    Raises:
        EvaluationError: the operation is not one on scalars, here; the result is not defined
            (division by zero, a conversion that does not fit), from the function.
    """
    type = op.results[0].type if len(op.results) == 1 else None
    if op.name == "arith.constant" and isinstance(type, (IntegerType, FloatType, IndexType)):
        value = op.attributes["value"]
        value = round_to(value, type) if isinstance(type, FloatType) else value
        return lambda: value
    if op.name == "arith.cmpi":
        return _integer_comparison(op.attributes["predicate"], op.operands[0].type)
    if op.name == "arith.cmpf":
        return FLOAT_COMPARISONS[op.attributes["predicate"]]
    if op.name == "arith.select":
        return lambda condition, then, otherwise: then if condition else otherwise
    if op.name in ("arith.extui", "arith.uitofp") and not isinstance(type, TensorType):
        mask = (1 << op.operands[0].type.width) - 1
        return _finish(lambda a: _sticky(a & mask, type), type)
    if op.name == "arith.sitofp" and op.operands[0].type == IntegerType(64):
        return _finish(lambda a: _sticky(a, type), type)
    if op.name == "arith.fptosi":
        return _truncation(width_of(type))
    if type == IntegerType(1) and op.name in ("arith.maxsi", "arith.minsi"):
        larger = op.name == "arith.maxsi"  # as a signed number, true is -1
        return lambda a, b: (a and b) if larger else (a or b)
    compute = INTEGER.get(op.name) or FLOAT.get(op.name) or CONVERSIONS.get(op.name)
    if compute is None or not isinstance(type, (IntegerType, FloatType, IndexType)):
        raise EvaluationError(f"{op.name} is not an operation on scalars")
    if op.name in ("arith.divsi", "arith.remsi") and width_of(type) > 1:
        return _division(compute, width_of(type))
    if op.name == "arith.shrsi" or op.name == "arith.shli":
        return _finish(_shift(compute, width_of(type)), type)
    if op.name in EXACT and type != IntegerType(1):  # remsi of two bools is an int
        return compute
    return _finish(compute, type)


def _finish(compute: Callable[..., Any], type: Type) -> Callable[..., Any]:
    """`compute`, with its result brought into the range of the type."""
    if isinstance(type, FloatType):
        if type.width == 64:
            return lambda *operands: float(compute(*operands))
        if type.width == 32:
            cell = array("f", [0.0])  # storing into a C float rounds, faster than struct

            def rounded(*operands: Any) -> float:
                cell[0] = compute(*operands)
                return cell[0]

            return rounded
        return lambda *operands: round_to(compute(*operands), type)
    width = width_of(type)
    if width == 1:
        return lambda *operands: bool(compute(*operands) & 1)
    half = 1 << (width - 1)
    mask = 2 * half - 1
    return lambda *operands: ((compute(*operands) + half) & mask) - half


def _shift(compute: Callable[[int, int], int], width: int) -> Callable[[int, int], int]:
    def shift(a: int, b: int) -> int:
        if not 0 <= b < width:
            raise EvaluationError(f"shift of an i{width} by {b}")
        return compute(a, b)

    return shift


# integers -------------------------------------------------------------------------------------


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


def _division(compute: Callable[[int, int], int], width: int) -> Callable[[int, int], int]:
    """Division and remainder trap where hardware may: the least number by -1 does not fit."""
    minimum = -(1 << (width - 1))

    def divide(a: int, b: int) -> int:
        if b == -1 and a == minimum:
            raise EvaluationError(f"{minimum} / -1 does not fit an i{width}")
        return compute(a, b)

    return divide


INTEGER: dict[str, Callable[..., Any]] = {
    "arith.addi": lambda a, b: a + b,
    "arith.subi": lambda a, b: a - b,
    "arith.muli": lambda a, b: a * b,
    "arith.divsi": divide_toward_zero,
    "arith.remsi": remainder,
    "arith.maxsi": lambda a, b: a if a >= b else b,
    "arith.minsi": lambda a, b: a if a <= b else b,
    "arith.andi": lambda a, b: a & b,
    "arith.ori": lambda a, b: a | b,
    "arith.xori": lambda a, b: a ^ b,
    "arith.shli": lambda a, b: a << b,
    "arith.shrsi": lambda a, b: a >> b,
    "math.absi": abs,
}

# Operations whose result is in range as it comes.
EXACT = frozenset(
    f"arith.{name}" for name in "remsi maxsi minsi andi ori xori maximumf minimumf".split()
)

INTEGER_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b,
    "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
}


def _integer_comparison(predicate: str, type: Type) -> Callable[[int, int], bool]:
    if type == IntegerType(1) and predicate[0] == "s":
        compare = INTEGER_COMPARISONS[predicate]
        return lambda a, b: compare(-a, -b)  # as a signed number, true is -1
    if predicate[0] != "u":
        return INTEGER_COMPARISONS[predicate]
    compare = INTEGER_COMPARISONS["s" + predicate[1:]]
    mask = (1 << width_of(type)) - 1
    return lambda a, b: compare(a & mask, b & mask)


# floats ---------------------------------------------------------------------------------------


def divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def maximum(a: float, b: float) -> float:
    """NaN if either is NaN; -0.0 is less than 0.0."""
    if a != a or b != b:
        return math.nan
    if a == b:
        return a if math.copysign(1.0, a) > 0 else b
    return a if a > b else b


def minimum(a: float, b: float) -> float:
    return -maximum(-a, -b)


def _ieee(compute: Callable[..., float], overflow: float = math.inf) -> Callable[..., float]:
    """Python's math function, but with NaN and infinity in place of exceptions."""

    def computed(*operands: float) -> float:
        try:
            return compute(*operands)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow

    return computed


def logarithm(a: float) -> float:
    if a == 0:
        return -math.inf
    return math.log(a) if a > 0 else math.nan


def power(a: float, b: float) -> float:
    odd = b % 2 == 1 if math.isfinite(b) else False
    try:
        return math.pow(a, b)
    except ValueError:  # zero to a negative power, or a negative number to a fraction
        if a != 0:
            return math.nan
        return math.copysign(math.inf, a) if odd else math.inf
    except OverflowError:
        return -math.inf if a < 0 and odd else math.inf


FLOAT: dict[str, Callable[..., Any]] = {
    "arith.addf": lambda a, b: a + b,
    "arith.subf": lambda a, b: a - b,
    "arith.mulf": lambda a, b: a * b,
    "arith.divf": divide,
    "arith.remf": _ieee(math.fmod),
    "arith.maximumf": maximum,
    "arith.minimumf": minimum,
    "arith.negf": lambda a: -a,
    "math.exp": _ieee(math.exp),
    "math.log": logarithm,
    "math.sqrt": _ieee(math.sqrt),
    "math.tanh": math.tanh,
    "math.absf": abs,
    "math.sin": _ieee(math.sin),
    "math.cos": _ieee(math.cos),
    "math.erf": math.erf,
    "math.powf": power,
}

FLOAT_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    # Ordered: false when either is NaN.
    "false": lambda a, b: False,
    "oeq": lambda a, b: a == b,
    "ogt": lambda a, b: a > b,
    "oge": lambda a, b: a >= b,
    "olt": lambda a, b: a < b,
    "ole": lambda a, b: a <= b,
    "one": lambda a, b: a < b or a > b,
    "ord": lambda a, b: a == a and b == b,
    # Unordered: true when either is NaN.
    "ueq": lambda a, b: not (a < b or a > b),
    "ugt": lambda a, b: not a <= b,
    "uge": lambda a, b: not a < b,
    "ult": lambda a, b: not a >= b,
    "ule": lambda a, b: not a > b,
    "une": lambda a, b: a != b,
    "uno": lambda a, b: a != a or b != b,
    "true": lambda a, b: True,
}


# conversions ----------------------------------------------------------------------------------


def _sticky(a: int, type: Type) -> int:
    """`a` with at most 53 bits before its zeros, such that rounding it to double precision and
    then to a narrower float type gives what rounding `a` once gives (rounding to odd)."""
    surplus = abs(a).bit_length() - 53
    if surplus <= 0 or not isinstance(type, FloatType) or type.width == 64:
        return a
    # Of two's complement, the lowest bit kept becomes 1 if any of those cut off was.
    return (a >> surplus | (a % (1 << surplus) != 0)) << surplus


def _truncation(width: int) -> Callable[[float], int]:
    half = 1 << (width - 1)

    def truncate(a: float) -> int:
        if not math.isfinite(a) or not -half <= int(a) < half:
            raise EvaluationError(f"{a} does not fit in an i{width}")
        return wrap(int(a), width)

    return truncate


CONVERSIONS: dict[str, Callable[..., Any]] = {
    "arith.sitofp": lambda a: -a if a is True else a,
    "arith.extsi": lambda a: -a if a is True else a,
    "arith.trunci": lambda a: a,
    "arith.extf": lambda a: a,
    "arith.truncf": lambda a: a,
    "arith.index_cast": lambda a: -a if a is True else a,
}


def check_scalar(value: Any, type: Type) -> Any:
    """`value` as the interpreter holds a number of the type.

    Raises TypeError if it is no such number, OverflowError if it does not fit.
    """
    if hasattr(value, "item") and not getattr(value, "shape", None):
        value = value.item()  # a NumPy scalar
    if isinstance(type, FloatType):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return round_to(float(value), type)
    elif type == IntegerType(1):
        if isinstance(value, bool):
            return value
    elif isinstance(value, int) and not isinstance(value, bool):
        if wrap(value, width_of(type)) != value:
            raise OverflowError(f"{value} does not fit in {type}")
        return value
    raise TypeError(f"{value!r} is not of type {type}")
