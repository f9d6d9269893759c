"""How LLVM IR spells types and constants."""

from __future__ import annotations

import math
import struct
from typing import Any

from tern.numbers import float_bits, integer_range, round_to, width_of
from tern.targets.errors import EmitError
from tern.types import (
    FloatType,
    IndexType,
    IntegerType,
    MemRefType,
    Type,
    VectorType,
    bf16,
    f16,
    f32,
    f64,
    i1,
    own_spelling,
)

_FLOATS = {f16: "half", bf16: "i16", f32: "float", f64: "double"}


def type_text(type: Type) -> str:
    """LLVM's name of a scalar's or vector's type, `ptr` of a buffer's. EmitError for any other.

    An index is an i64, and an unsigned integer is one like any other. bf16 is its 16 bits: of
    LLVM's own `bfloat`, some processors round every number below the normal ones to zero.
    """
    if isinstance(type, MemRefType):
        return "ptr"
    if isinstance(type, VectorType):
        if len(type.shape) != 1 or type.element == bf16:
            raise EmitError(f"the type {own_spelling(type)} has no form in LLVM IR")
        return f"<{type.shape[0]} x {type_text(type.element)}>"
    if isinstance(type, (IntegerType, IndexType)):
        return f"i{width_of(type)}"
    if isinstance(type, FloatType) and type in _FLOATS:
        return _FLOATS[type]
    raise EmitError(f"the type {own_spelling(type)} has no form in LLVM IR")


def memory_text(type: Type) -> str:
    """LLVM's name of an element in memory: NumPy keeps a single bit as a byte."""
    if isinstance(type, VectorType) and type.element == i1:
        return f"<{type.shape[0]} x i8>"
    return "i8" if type == i1 else type_text(type)


def constant_text(value: Any, type: Type) -> str:
    """A constant of a scalar's or a vector's type, without its type.

    A float is decimal where the digits are few and exact, and else the bits of its *double*, which
    is how LLVM writes a float as well; a half has four digits after 0xH.
    """
    if isinstance(type, VectorType):
        element = type_text(type.element)
        if isinstance(value, tuple):
            texts = [f"{element} {constant_text(each, type.element)}" for each in value]
            return f"<{', '.join(texts)}>"
        return f"splat ({element} {constant_text(value, type.element)})"
    if type == i1:
        return "true" if value else "false"
    if not isinstance(type, FloatType):
        least, greatest = integer_range(type)  # of an unsigned type LLVM knows the bits alone
        number = int(value)
        return str(number if least < 0 or number <= greatest // 2 else number - greatest - 1)
    number = round_to(float(value), type)
    if type == bf16:
        bits = float_bits(number, type)
        return str(bits - (1 << 16) if bits >> 15 else bits)
    if math.isfinite(number) and abs(number) < 1e6 and number * 16 == int(number * 16):
        return repr(number)
    if type == f16:
        return f"0xH{float_bits(number, type):04X}"
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
