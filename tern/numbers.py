"""Numbers of a type: their range, how they round, and how MLIR spells them."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any

from tern.types import FloatType, IndexType, IntegerType, Type, bf16, f16, f32, f64

# How C lays the numbers of these formats out.
_CODES = {f16: "<e", f32: "<f", f64: "<d"}


# floats ---------------------------------------------------------------------------------------


def round_to(value: int | float | Fraction, type: FloatType) -> float:
    """The number of the format nearest to `value`, of two the even one; infinity beyond them all.

    A Fraction or an int of any size is rounded once, as it is.
    """
    if isinstance(value, float):
        code = _CODES.get(type)
        if type == f64 or not math.isfinite(value):
            return value
        if code is not None:  # the same, and faster
            try:
                return struct.unpack(code, struct.pack(code, value))[0]
            except OverflowError:
                return math.copysign(math.inf, value)
    return _rounded(value, type)


def _rounded(value: int | float | Fraction, type: FloatType) -> float:
    if value == 0:
        return math.copysign(0.0, value)
    number, denominator = value.as_integer_ratio()
    sign, number = (-1.0 if number < 0 else 1.0), abs(number)
    exponent = number.bit_length() - denominator.bit_length()  # of the leading bit, or one more
    if number << max(-exponent, 0) < denominator << max(exponent, 0):
        exponent -= 1
    bias = 2 ** (type.exponent - 1) - 1
    ulp = max(exponent, 1 - bias) - type.fraction  # the last bit's; of a denormal as well
    count, rest = divmod(number << max(-ulp, 0), denominator << max(ulp, 0))
    twice, whole = 2 * rest, denominator << max(ulp, 0)
    count += twice > whole or (twice == whole and count % 2 == 1)
    if count.bit_length() + ulp > bias + 1:
        return sign * math.inf
    return sign * math.ldexp(count, ulp)


def float_bits(value: float, type: FloatType) -> int:
    """The bits of a number of the format, as an unsigned integer."""
    code = "<d" if type == f64 else "<e" if type == f16 else "<f"
    bits = int.from_bytes(struct.pack(code, value), "little")
    return bits >> 16 if type == bf16 else bits


def float_of_bits(bits: int, type: FloatType) -> float:
    """The number of the format that has these bits."""
    bits, code = (bits << 16, "<f") if type == bf16 else (bits, _CODES[type])
    return struct.unpack(code, bits.to_bytes(struct.calcsize(code), "little"))[0]


# integers -------------------------------------------------------------------------------------


def same(found: Any, expected: Any) -> bool:
    """The same number, down to the sign of a zero; any NaN is as good as another."""
    if isinstance(expected, float):
        both_nan = found != found and expected != expected
        return both_nan or (
            found == expected and math.copysign(1, found) == math.copysign(1, expected)
        )
    return found == expected


def exact_text(value: Any) -> str:
    """A text that two values share only if they are the same to the last bit: 0.0 and -0.0 do not,
    though they are equal, and a NaN does with itself, though it isn't."""
    return struct.pack(">d", value).hex() if isinstance(value, float) else repr(value)


def width_of(type: IntegerType | IndexType) -> int:
    """The width in bits; index counts as 64."""
    return type.width if isinstance(type, IntegerType) else 64


def is_unsigned(type: Type) -> bool:
    return isinstance(type, IntegerType) and type.unsigned


def integer_range(type: IntegerType | IndexType) -> tuple[int, int]:
    """The least and the greatest number of the type; of i1, read as signed, -1 and 0."""
    width = width_of(type)
    return (0, 2**width - 1) if is_unsigned(type) else (-(2 ** (width - 1)), 2 ** (width - 1) - 1)


def wrap(value: int, width: int) -> int:
    """`value` modulo 2**width, as a two's complement number. i1 gives False or True."""
    if width == 1:
        return bool(value & 1)
    half = 1 << (width - 1)
    return ((value + half) & (2 * half - 1)) - half


def wrap_to(value: int, type: IntegerType | IndexType) -> int:
    """`value` modulo 2**width, in the range of the type. i1 gives False or True."""
    return value & (2**type.width - 1) if is_unsigned(type) else wrap(value, width_of(type))


# text -----------------------------------------------------------------------------------------


def format_number(value: Any, type: Type) -> str:
    """The text of a constant of an integer, index, or float type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(type, FloatType) and isinstance(value, (int, float)):
        return format_float(float(value), type)
    if isinstance(type, IntegerType) and isinstance(value, int) and 0 <= value < 2**type.width:
        return str(wrap_to(value, type))  # what an unsigned type calls 200, a signed one calls -56
    return str(value)


def format_float(value: float, type: FloatType) -> str:
    """As MLIR's AsmPrinter: six digits if they suffice, else all, else the bits in hex."""
    value = round_to(value, type)
    max_digits = (
        2 + (type.fraction + 1) * 59 // 196
    )  # that tell any two numbers apart, as LLVM has it
    if math.isfinite(value):
        sign = "-" if math.copysign(1.0, value) < 0 else ""
        digits, exponent = _decimal(abs(value), 6)
        if round_to(Fraction(f"{digits}e{exponent}"), type) == abs(value):
            return f"{sign}{digits[0]}.{digits[1:]:0<6}e{exponent + len(digits) - 1:+03d}"
        text = _plain(*_decimal(abs(value), max_digits), max_digits)
        if "." in text:
            return sign + text
    return f"0x{float_bits(value, type):0{type.width // 4}X}"


def shortest(value: float, type: FloatType) -> float:
    """The number with the fewest decimal digits that rounds to `value`, which is of the format.

    What a back end writes for a constant: 0.1 rather than 0.10000000149011612.
    """
    if not math.isfinite(value):
        return value
    texts = (f"{value:.{digits}g}" for digits in range(1, 18))
    return float(next(text for text in texts if round_to(Fraction(text), type) == value))


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
            bits = int(text, 16)
            if bits >> type.width:
                raise ValueError(f"{text} has more than {type.width} bits")
            return float_of_bits(bits, type)
        if "." not in text:
            raise ValueError(f"{text} is not a floating-point number: write {text}.0")
        return decimal(text, type)
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
    return wrap_to(value, type)


def decimal(text: str, type: FloatType) -> float:
    """The number of the format nearest to the decimal number that `text` spells.

    By way of a double it could be the second nearest: half of an f32's last bit and a little
    less, say, becomes half exactly, and then goes to the even one.
    """
    near = float(text)
    if type == f64 or not math.isfinite(near) or near == 0:
        return near  # a Fraction of 1e-100000 would be long to write
    return math.copysign(round_to(Fraction(text), type), near)
