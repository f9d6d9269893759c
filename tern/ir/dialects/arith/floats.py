"""arith and math on floating-point numbers: alone or elementwise on tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import Compute, floats, functions, result_element, same_shape
from tern.ir.dialects.forms import FLOAT, elementwise
from tern.ir.registry import Evaluation, register
from tern.lazily import Lazily
from tern.numbers import round_to
from tern.types import f32, f64

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")


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


def array_maximum(a: Any, b: Any) -> Any:
    """As `maximum`. NumPy's own does not tell the zeros apart."""
    return np.where(a == b, np.where(np.signbit(a), b, a), np.maximum(a, b))


def array_minimum(a: Any, b: Any) -> Any:
    return np.where(a == b, np.where(np.signbit(b), b, a), np.minimum(a, b))


def ieee(compute: Callable[..., float], overflow: float = math.inf) -> Callable[..., float]:
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


def rounding(compute: Callable[[float], int]) -> Callable[[float], float]:
    """To a whole number; the sign of a zero stays."""
    return lambda a: math.copysign(float(compute(a)), a) if math.isfinite(a) else a


def multiply_add(a: float, b: float, c: float) -> Fraction | float:
    """a * b + c, not yet rounded."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    return exact or a * b + c  # which knows the sign of a zero


def scalar_fma(op: Operation) -> Compute:
    type = result_element(op)

    def compute(a: float, b: float, c: float) -> float:
        found = multiply_add(a, b, c)
        return round_to(found, type)

    return compute


def array_fma(op: Operation) -> Compute:
    """Of floats in doubles, which hold their product: only the sum is rounded, and to odd."""
    compute = scalar_fma(op)
    if result_element(op) == f64:
        return same_shape(np.vectorize(compute, otypes=[np.float64]))

    def narrow(a: Any, b: Any, c: Any) -> Any:
        product, c = a.astype(np.float64) * b, c.astype(np.float64)
        total = product + c
        virtual = total - product
        lost = (product - (total - virtual)) + (c - virtual)  # Knuth's TwoSum
        bits = total.view(np.int64)
        inexact = np.isfinite(total) & (lost != 0) & (bits & 1 == 0)
        toward = np.where((lost > 0) == (total > 0), 1, -1)
        return (bits + np.where(inexact, toward, 0)).view(np.float64).astype(np.float32)

    return same_shape(narrow)


def arithmetic(name: str, evaluation: Evaluation, arity: int = 2, **facts: Any) -> None:
    register(elementwise(f"arith.{name}", arity, FLOAT, evaluation=evaluation, **facts))


def function(name: str, compute: Callable[..., float], arrays: Callable[..., Any]) -> None:
    evaluation = functions(compute, arrays)
    register(elementwise(f"math.{name}", 2 if name == "powf" else 1, FLOAT, evaluation=evaluation))


arithmetic(
    "addf", floats(lambda a, b: a + b, lambda a, b: a + b), commutative=True, neutral=lambda _: -0.0
)
arithmetic("subf", floats(lambda a, b: a - b, lambda a, b: a - b), neutral=lambda _: 0.0)
arithmetic(
    "mulf", floats(lambda a, b: a * b, lambda a, b: a * b), commutative=True, neutral=lambda _: 1.0
)
arithmetic("divf", floats(divide, lambda a, b: a / b), neutral=lambda _: 1.0)
arithmetic("remf", floats(ieee(math.fmod), lambda a, b: np.fmod(a, b)))
arithmetic(
    "maximumf",
    floats(maximum, array_maximum, exact=True),
    commutative=True,
    neutral=lambda _: -math.inf,
)
arithmetic(
    "minimumf",
    floats(minimum, array_minimum, exact=True),
    commutative=True,
    neutral=lambda _: math.inf,
)
arithmetic("negf", floats(lambda a: -a, lambda a: -a, exact=True), arity=1)

_FMA = elementwise("math.fma", 3, FLOAT, evaluation=Evaluation(scalar_fma, array_fma))


def check_fma(op: Operation) -> str | None:
    """Hardware has it for these formats; for others it would be rounded twice."""
    if message := _FMA.check(op):
        return message
    if result_element(op) in (f32, f64):
        return None
    return f"math.fma is for f32 and f64, not for {op.results[0].type}"


register(replace(_FMA, check=check_fma))
register(elementwise("math.absf", 1, FLOAT, evaluation=floats(abs, abs, exact=True)))
function("exp", ieee(math.exp), lambda a: np.exp(a))
function("log", logarithm, lambda a: np.log(a))
function("sqrt", ieee(math.sqrt), lambda a: np.sqrt(a))
function("rsqrt", lambda a: divide(1.0, ieee(math.sqrt)(a)), lambda a: 1.0 / np.sqrt(a))
function("tanh", math.tanh, lambda a: np.tanh(a))
function("sin", ieee(math.sin), lambda a: np.sin(a))
function("cos", ieee(math.cos), lambda a: np.cos(a))
function("erf", math.erf, lambda a: np.vectorize(math.erf, otypes=[np.float64])(a))
function("powf", power, lambda a, b: np.power(a, b))
function("floor", rounding(math.floor), lambda a: np.floor(a))
function("ceil", rounding(math.ceil), lambda a: np.ceil(a))
function("roundeven", rounding(round), lambda a: np.rint(a))
