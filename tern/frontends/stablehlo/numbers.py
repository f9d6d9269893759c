"""StableHLO's conversions, and elementwise operations that are several of tern's."""

from __future__ import annotations

from typing import Any

from tern.frontends.stablehlo.names import ELEMENTWISE, result_type
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.types import FloatType, TensorType, f32, i1


def convert(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    before, after = element_of(op.operands[0].type), element_of(op.results[0].type)
    return [converted(b, values[0], before, after, result_type(op))]


def converted(b: Builder, value: Value, before: Any, after: Any, type: Any) -> Value:
    """A number of one element type as one of another; `type` is the result's, in tern."""
    if before == after:
        return value
    unsigned = before == i1 or getattr(before, "unsigned", False)
    if after == i1:
        zero = b.constant(0.0 if isinstance(before, FloatType) else 0, value.type)
        return b.compare("une" if isinstance(before, FloatType) else "ne", value, zero)
    if isinstance(before, FloatType) and isinstance(after, FloatType):
        if before.width == after.width:  # f16 and bf16: neither has all of the other's numbers
            wide = _with_element(value.type, f32)
            value, before = b.cast("arith.extf", value, wide), f32
        return b.cast("arith.extf" if after.width > before.width else "arith.truncf", value, type)
    if isinstance(before, FloatType):
        whole = "arith.fptoui" if getattr(after, "unsigned", False) else "arith.fptosi"
        return b.cast(whole, value, type)
    if isinstance(after, FloatType):
        return b.cast("arith.uitofp" if unsigned else "arith.sitofp", value, type)
    if before.width == after.width:
        return _retyped(b, value, type)
    if before.width > after.width:
        return b.cast("arith.trunci", value, type)
    return b.cast("arith.extui" if unsigned else "arith.extsi", value, type)


def _with_element(type: Any, element: Any) -> Any:
    return TensorType(type.shape, element) if isinstance(type, TensorType) else element


def _retyped(b: Builder, value: Value, type: Any) -> Value:
    """The same bits; i8 and u8 are two types in tern."""
    return value if value.type == type else b.cast("arith.bitcast", value, type)


def bitcast_convert(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    before, after = element_of(op.operands[0].type), element_of(op.results[0].type)
    if before.width != after.width:
        return None
    return [_retyped(b, values[0], result_type(op))]


def negate(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    """Of integers, which have no operation of their own for it."""
    return [b.binary("arith.subi", b.constant(0, values[0].type), values[0])]


def absolute(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    """Of unsigned integers: they are it."""
    return values


def bits_not(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    ones = True if element_of(values[0].type) == i1 else -1
    if getattr(element_of(values[0].type), "unsigned", False):
        ones = 255
    return [b.binary("arith.xori", values[0], b.constant(ones, values[0].type))]


def logistic(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    one = b.constant(1.0, values[0].type)
    power = b.unary("math.exp", b.unary("arith.negf", values[0]))
    return [b.binary("arith.divf", one, b.binary("arith.addf", one, power))]


def clamp(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """The least, x, and the greatest; the bounds may be of rank 0."""
    low, x, high = values
    element = element_of(op.operands[1].type)
    bounds = [
        value if value.type == x.type else b.splat(b.extract(value), x.type)
        for value in (low, high)
    ]
    greatest, least = (ELEMENTWISE[name].of(element) for name in ("maximum", "minimum"))
    return [b.binary(least, b.binary(greatest, x, bounds[0]), bounds[1])]


def is_finite(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    endless = b.constant(float("inf"), values[0].type)
    return [b.compare("olt", b.unary("math.absf", values[0]), endless)]


def erf(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """chlo's, and the custom call that JAX writes for it."""
    named = op.attributes.get("call_target_name", "mhlo.erf")
    return [b.unary("math.erf", values[0])] if named == "mhlo.erf" else None


OF_ONE = {"negate": negate, "abs": absolute, "not": bits_not, "logistic": logistic}
"""Rules that are the same of a tensor and of a number."""
