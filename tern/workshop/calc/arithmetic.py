"""What each operation does to IEEE doubles."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def divide(a: float, b: float) -> float:
    """a / b as the processor does it: Python raises for b = 0, where IEEE 754 has an answer."""
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": divide,
    "neg": operator.neg,
}
