"""How C++ spells types and constants, and where an expression needs parentheses."""

from __future__ import annotations

import math
from typing import Any

from tern.ir.dialects.forms import element_of
from tern.numbers import integer_range, is_unsigned, width_of
from tern.targets.errors import EmitError
from tern.targets.spelling import float_text
from tern.types import (
    FloatType,
    IndexType,
    IntegerType,
    Type,
    VectorType,
    bf16,
    f16,
    f32,
    f64,
    i1,
    own_spelling,
)

NAME, UNARY, TIMES, PLUS, SHIFT, LESS, EQUAL, AND, XOR, OR, BOTH, EITHER, CHOICE = range(16, 3, -1)
"""How tightly an expression holds together, from a name or a call down to `a ? b : c`."""


class Text(str):
    """An expression in C++, which knows how tightly it holds together."""

    level: int

    def __new__(cls, text: str, level: int = NAME) -> Text:
        made = super().__new__(cls, text)
        made.level = level
        return made

    def at(self, level: int) -> str:
        """The expression as an operand of one that holds so tightly: in parentheses if it must."""
        return str(self) if self.level >= level else f"({self})"


class Splat(Text):
    """A vector of equal numbers, `f32x8(2.0f)`. Beside another vector the number is enough."""

    number: Text

    @classmethod
    def of(cls, type: str, number: Text) -> Splat:
        made = cls(f"{type}({number})")
        made.number = number
        return made


def short(*texts: Text) -> list[Text]:
    """Operands of one type, of which the compiler makes vectors if one of them is one."""
    if all(isinstance(text, Splat) for text in texts):
        return list(texts)
    return [text.number if isinstance(text, Splat) else text for text in texts]


def infix(a: Text, sign: str, b: Text, level: int) -> Text:
    """`a sign b`, where the operation groups from the left."""
    a, b = short(a, b)
    return Text(f"{a.at(level)} {sign} {b.at(level + 1)}", level)


def call(name: str, *texts: str) -> Text:
    return Text(f"{name}({', '.join(texts)})")


def cast(type: str, a: Text) -> Text:
    return Text(f"({type}){a.at(UNARY)}", UNARY)


def type_text(type: Type) -> str:
    """A scalar's or a vector's type. EmitError for one that C++17 does not compute with.

    A vector's is called as the IR calls it, f32x16. What compares vectors gives integers, as wide
    as what was compared, which are 0 or -1: masks are of these, and `mask_text` calls them.
    """
    if isinstance(type, VectorType):
        if len(type.shape) != 1 or type.shape[0] & (type.shape[0] - 1):
            raise EmitError(f"the type {own_spelling(type)} has no form in C++: lanes are 2, 4, …")
        type_text(type.element)
        return f"{_short(type.element)}x{type.shape[0]}"
    if type in _NAMES:
        return _NAMES[type]
    if isinstance(type, (IntegerType, IndexType)):
        return {8: "unsigned char" if is_unsigned(type) else "signed char", 32: "int", 64: "i64"}[
            width_of(type)
        ]
    if type in (f16, bf16):
        raise EmitError(f"the type {type} has no form in C++17, which has no floats of 16 bits")
    raise EmitError(f"the type {own_spelling(type)} has no form in C++")


_NAMES: dict[Type, str] = {i1: "bool", f32: "float", f64: "double"}


def mask_text(bytes: int, lanes: int) -> str:
    return f"i{8 * bytes}x{lanes}"


def unsigned_text(type: Type) -> str:
    """The type of the same bits, read without a sign."""
    width = width_of(element_of(type))
    if isinstance(type, VectorType):
        return f"u{width}x{type.shape[0]}"
    return {8: "unsigned char", 32: "unsigned", 64: "u64"}[width]


def _short(element: Type) -> str:
    if isinstance(element, FloatType):
        return f"f{element.width}"
    return f"{'u' if is_unsigned(element) else 'i'}{8 if element == i1 else width_of(element)}"


def element_text(short: str) -> str:
    """Of a vector's type, without its lanes, what C++ calls its elements: of `f32`, float."""
    return {
        "f32": "float", "f64": "double", "i8": "signed char", "u8": "unsigned char",
        "i32": "int", "u32": "unsigned", "i64": "i64", "u64": "u64",
    }[short]  # fmt: skip


def constant_text(value: Any, type: Type) -> Text:
    """A constant. A vector of equal numbers is one of them, as a vector."""
    if isinstance(type, VectorType):
        if isinstance(value, tuple):
            raise EmitError("a vector of different constants has no form in C++")
        if type.element == i1:
            return Splat.of(mask_text(1, type.shape[0]), Text("-1" if value else "0"))
        return Splat.of(type_text(type), constant_text(value, type.element))
    if type == i1:
        return Text("true" if value else "false")
    if isinstance(type, FloatType):
        return _float(float(value), type)
    number = int(value)
    least, _ = integer_range(type)
    ending = "LL" if width_of(type) == 64 else ""
    if number == least < -128:
        return Text(f"{number + 1}{ending} - 1", PLUS)
    return Text(f"{number}{ending}", NAME if number >= 0 else UNARY)


def _float(value: float, type: FloatType) -> Text:
    ending = "f" if type_text(type) == "float" else ""
    if not math.isfinite(value):
        word, given = ("nan", '""') if math.isnan(value) else ("inf", "")
        text = f"{'-' if value < 0 else ''}__builtin_{word}{ending}({given})"
    else:
        text = f"{float_text(value, type)}{ending}"
    return Text(text, UNARY if text[0] == "-" else NAME)
