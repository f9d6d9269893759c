"""Numbers in the IR's text, spelled as MLIR spells them."""

from __future__ import annotations

import math
import struct
from typing import Any

from tern.types import FloatType, IndexType, IntegerType, Type

# Decimal digits that tell any two numbers of the width apart, and the struct formats of the
# number and of its bits.
_FLOATS = {16: (5, "<e", "<H"), 32: (9, "<f", "<I"), 64: (17, "<d", "<Q")}


def round_to(value: float, type: FloatType) -> float:
    """The number of the type nearest to `value`; infinity when it is too large."""
    if type.width == 64:
        return value
    code = _FLOATS[type.width][1]
    try:
        return struct.unpack(code, struct.pack(code, value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def wrap(value: int, width: int) -> int:
    """`value` modulo 2**width, as a two's complement number. i1 gives False or True."""
    if width == 1:
        return bool(value & 1)
    half = 1 << (width - 1)
    return ((value + half) & (2 * half - 1)) - half


def width_of(type: IntegerType | IndexType) -> int:
    """The width in bits; index counts as 64."""
    return type.width if isinstance(type, IntegerType) else 64


def format_number(value: Any, type: Type) -> str:
    """The text of a constant of an integer, index, or float type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(type, FloatType) and isinstance(value, (int, float)):
        return format_float(float(value), type)
    return str(value)


def format_float(value: float, type: FloatType) -> str:
    """As MLIR's AsmPrinter: six digits if they suffice, else all, else the bits in hex."""
    max_digits, code, bits_code = _FLOATS[type.width]
    value = round_to(value, type)
    if math.isfinite(value):
        sign = "-" if math.copysign(1.0, value) < 0 else ""
        digits, exponent = _decimal(abs(value), 6)
        if round_to(float(f"{digits}e{exponent}"), type) == abs(value):
            return f"{sign}{digits[0]}.{digits[1:]:0<6}e{exponent + len(digits) - 1:+03d}"
        text = _plain(*_decimal(abs(value), max_digits), max_digits)
        if "." in text:
            return sign + text
    bits = struct.unpack(bits_code, struct.pack(code, value))[0]
    return f"0x{bits:0{type.width // 4}X}"


def _decimal(value: float, precision: int) -> tuple[str, int]:
    """Digits d and exponent e such that `value` is about d * 10**e; no trailing zeros.

    At most `precision` digits, and the very ones that LLVM's APFloat::toString finds: it cuts
    the exact number off to a few digits more, and rounds those.
    """
    number, denominator = value.as_integer_ratio()
    exponent = 1 - denominator.bit_length()  # the denominator is 2**-exponent,
    number *= 5**-exponent  # and n / 2**k = n * 5**k / 10**k
    surplus_bits = number.bit_length() - (precision * 196 + 58) // 59
    if surplus_bits > 0:
        cut = surplus_bits * 59 // 196
        number //= 10**cut
        exponent += cut
    digits = str(number)
    if len(digits) > precision:
        surplus = len(digits) - precision
        digits = str((number + 5 * 10 ** (surplus - 1)) // 10**surplus)
        exponent += surplus
    stripped = digits.rstrip("0") or "0"
    return stripped, exponent + len(digits) - len(stripped)


def _plain(digits: str, exponent: int, precision: int) -> str:
    """Digits and exponent as APFloat::toString writes them, in full if that is short."""
    first = exponent + len(digits) - 1  # the exponent of the first digit
    if exponent >= 0:
        if exponent <= 3 and first < precision:
            return digits + "0" * exponent
    elif first >= 0:
        return f"{digits[: first + 1]}.{digits[first + 1 :]}"
    elif first >= -3:
        return f"0.{'0' * (-first - 1)}{digits}"
    return f"{digits[0]}.{digits[1:] or '0'}E{first:+d}"


def parse_number(text: str, type: Type) -> int | float | bool:
    """The number of `type` that `text` spells. ValueError if it spells none."""
    if isinstance(type, FloatType):
        if text[:2] in ("0x", "0X"):
            _, code, bits_code = _FLOATS[type.width]
            bits = int(text, 16)
            if bits >> type.width:
                raise ValueError(f"{text} has more than {type.width} bits")
            return struct.unpack(code, struct.pack(bits_code, bits))[0]
        if "." not in text:
            raise ValueError(f"{text} is not a floating-point number: write {text}.0")
        return round_to(float(text), type)
    if not isinstance(type, (IntegerType, IndexType)):
        raise ValueError(f"{text} cannot be a constant of type {type}")
    width = width_of(type)
    if text in ("true", "false"):
        if width != 1:
            raise ValueError(f"{text} is of type i1, not {type}")
        return text == "true"
    value = int(text, 0)
    if not -(1 << (width - 1)) <= value < (1 << width):
        raise ValueError(f"{text} does not fit in {type}")
    return wrap(value, width)
