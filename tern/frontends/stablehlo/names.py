"""What StableHLO calls the operations that tern has too, and its types.

StableHLO tells signed and unsigned integers apart by their types, arith by its operations; of i1
`add` is "or". So one name there is several here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tern.errors import TernError
from tern.ir import Operation
from tern.types import FloatType, IntegerType, TensorType, Type, i1, u8


class StableHloError(TernError, ValueError):
    """An operation or a type of StableHLO has no form in tern. The message is one line."""


@dataclass(frozen=True)
class Name:
    """What an elementwise operation is in tern, of floats, signed and unsigned integers, and i1.
    Empty where it is nothing."""

    floats: str = ""
    signed: str = ""
    unsigned: str = ""
    bits: str = ""

    def of(self, element: Type) -> str:
        """The operation for an element type; empty if there is none."""
        if isinstance(element, FloatType):
            return self.floats
        if element == i1:
            return self.bits
        return self.unsigned if getattr(element, "unsigned", False) else self.signed


def _whole(name: str) -> Name:
    return Name("", name, name, name)


ELEMENTWISE = {
    "add": Name("arith.addf", "arith.addi", "arith.addi", "arith.ori"),
    "subtract": Name("arith.subf", "arith.subi", "arith.subi"),
    "multiply": Name("arith.mulf", "arith.muli", "arith.muli", "arith.andi"),
    "divide": Name("arith.divf", "arith.divsi", "arith.divui"),
    "remainder": Name("arith.remf", "arith.remsi", "arith.remui"),
    "maximum": Name("arith.maximumf", "arith.maxsi", "arith.maxui", "arith.ori"),
    "minimum": Name("arith.minimumf", "arith.minsi", "arith.minui", "arith.andi"),
    "power": Name("math.powf"),
    "and": _whole("arith.andi"),
    "or": _whole("arith.ori"),
    "xor": _whole("arith.xori"),
    "shift_left": Name("", "arith.shli", "arith.shli"),
    "shift_right_arithmetic": Name("", "arith.shrsi", "arith.shrsi"),
    "shift_right_logical": Name("", "arith.shrui", "arith.shrui"),
    "negate": Name("arith.negf"),
    "abs": Name("math.absf", "math.absi"),
    "exponential": Name("math.exp"),
    "log": Name("math.log"),
    "sqrt": Name("math.sqrt"),
    "rsqrt": Name("math.rsqrt"),
    "tanh": Name("math.tanh"),
    "sine": Name("math.sin"),
    "cosine": Name("math.cos"),
    "floor": Name("math.floor"),
    "ceil": Name("math.ceil"),
    "round_nearest_even": Name("math.roundeven"),
}
"""Operations whose operands and result have one type, without the dialect's name."""

DIRECTIONS = {"EQ": "eq", "NE": "ne", "LT": "lt", "LE": "le", "GT": "gt", "GE": "ge"}


def predicate(direction: str, element: Type) -> str:
    """The predicate of arith.cmpf or cmpi for a comparison. Of NaN only NE holds."""
    word = DIRECTIONS[direction]
    if isinstance(element, FloatType):
        return f"u{word}" if word == "ne" else f"o{word}"
    if word in ("eq", "ne"):
        return word
    return f"u{word}" if element == i1 or getattr(element, "unsigned", False) else f"s{word}"


def own_type(type: Type) -> Type:
    """tern's type for one of StableHLO's: without sign, but for ui8, which is u8."""
    if isinstance(type, TensorType):
        return replace(type, element=own_type(type.element))
    if isinstance(type, IntegerType) and type.unsigned:
        return u8 if type.width == 8 else IntegerType(type.width)
    return type


def result_type(op: Operation) -> Any:
    """tern's type for an operation's result."""
    return own_type(op.results[0].type)
