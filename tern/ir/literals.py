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
    """As MLIR's AsmPrinter: seven digits if they suffice, else all, else the bits in hex."""
    digits, code, bits_code = _FLOATS[type.width]
    value = round_to(value, type)
    if math.isfinite(value):
        text = f"{value:.6e}"
        if round_to(float(text), type) == value:
            return text
        text = _shortest(value, digits)
        if "." in text:
            return text
    bits = struct.unpack(bits_code, struct.pack(code, value))[0]
    return f"0x{bits:0{type.width // 4}X}"


def _shortest(value: float, digits: int) -> str:
    """`digits` significant digits without trailing zeros, as LLVM's APFloat::toString."""
    mantissa, _, exponent_text = f"{abs(value):.{digits - 1}e}".partition("e")
    significant = mantissa.replace(".", "").rstrip("0") or "0"
    exponent = int(exponent_text)  # of the first digit
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    zeros_after = exponent - len(significant) + 1
    if zeros_after >= 0:
        if zeros_after <= 3 and exponent < digits:
            return f"{sign}{significant}{'0' * zeros_after}"
    elif exponent >= 0:
        return f"{sign}{significant[: exponent + 1]}.{significant[exponent + 1 :]}"
    elif exponent >= -3:
        return f"{sign}0.{'0' * (-exponent - 1)}{significant}"
    return f"{sign}{significant[0]}.{significant[1:] or '0'}E{exponent:+d}"


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
