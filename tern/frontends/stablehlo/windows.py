"""StableHLO's convolutions and windows, as linalg's."""

from __future__ import annotations

from typing import Any

from tern.frontends.stablehlo.bodies import combiner_of
from tern.frontends.stablehlo.names import own_type
from tern.frontends.stablehlo.shaping import extended, reshaped, transposed, zeros
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import PARALLEL, REDUCTION, projection
from tern.types import FloatType, TensorType

Pairs = tuple[tuple[int, int], ...]


def _pairs(value: Any, rank: int) -> Pairs:
    """Paddings: `dense<1> : tensor<2x2xi64>` was read as one number."""
    if value is None or isinstance(value, int):
        return tuple((value or 0, value or 0) for _ in range(rank))
    return value


def _each(value: Any, rank: int) -> tuple[Any, ...]:
    return (1,) * rank if value is None else tuple(value)


def convolution(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """Of images with two axes: brought to linalg's orders, padded, and brought back."""
    known = op.attributes
    image_order, filter_order, result_order = known["dimension_numbers"]
    groups = known.get("feature_group_count", 1)
    plain = known.get("batch_group_count", 1) == 1
    plain = plain and _each(known.get("lhs_dilation"), 2) == (1, 1)
    plain = plain and not any(known.get("window_reversal") or ())
    image, filter = values
    if len(image_order) != 4 or not plain:
        return None
    image = transposed(b, image, [image_order.index(axis) for axis in "b01f"])
    filter = transposed(b, filter, [filter_order.index(axis) for axis in "01io"])
    channels = image.type.shape[3]
    if groups != 1:
        if groups != channels or filter.type.shape[3] != channels:
            return None
        filter = reshaped(b, filter, (*filter.type.shape[:2], channels))
    (top, bottom), (left, right) = _pairs(known.get("padding"), 2)
    if min(top, bottom, left, right) < 0:
        return None
    if top or bottom or left or right:
        zero = b.constant(_zero(image), image.type.element)
        image = b.pad(image, (0, top, left, 0), (0, bottom, right, 0), zero)
    shape = [op.results[0].type.shape[result_order.index(axis)] for axis in "b01f"]
    element = own_type(op.results[0].type).element
    image, filter = (
        extended(b, value, element_of(given.type), element)
        for value, given in zip((image, filter), op.operands)
    )
    out = zeros(b, TensorType(tuple(shape), element))
    strides, dilations = (_each(known.get(k), 2) for k in ("window_strides", "rhs_dilation"))
    made = b.conv_2d(image, filter, out, strides, dilations)
    return [transposed(b, made, ["b01f".index(axis) for axis in result_order])]


def _zero(value: Value) -> float | int:
    return 0.0 if isinstance(value.type.element, FloatType) else 0


def reduce_window(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """One tensor, of a body that is one operation. Of images and their two axes in the middle a
    pooling has the maximum and the sum; all else is a linalg.generic."""
    known, rank = op.attributes, op.operands[0].type.rank
    combiner = combiner_of(op)
    if len(values) != 2 or not combiner or set(_each(known.get("base_dilations"), rank)) > {1}:
        return None
    window = tuple(known["window_dimensions"])
    strides, dilations = (
        _each(known.get(key), rank) for key in ("window_strides", "window_dilations")
    )
    padding = _pairs(known.get("padding"), rank)
    if any(number < 0 for pair in padding for number in pair):
        return None
    value, initial = values[0], b.extract(values[1])
    if any(map(any, padding)):
        low, high = zip(*padding)
        value = b.pad(value, low, high, initial)
    out = b.fill(initial, b.empty(own_type(op.results[0].type)))
    kind = {"arith.maximumf": "max", "arith.maxsi": "max", "arith.addf": "sum", "arith.addi": "sum"}
    outer = (window[0], window[-1], strides[0], strides[-1]) if rank == 4 else ()
    if outer == (1, 1, 1, 1) and combiner in kind:
        shape = b.empty(TensorType(window[1:3], value.type.element))
        found = b.pooling(kind[combiner], value, shape, out, strides[1:3], dilations[1:3])
        return [found]
    rows = [
        tuple(
            (stride if loop == axis else dilation if loop == rank + axis else 0)
            for loop in range(2 * rank)
        )
        + (0,)
        for axis, (stride, dilation) in enumerate(zip(strides, dilations))
    ]
    shape = b.empty(TensorType(window, value.type.element))
    whole = [projection(axes, 2 * rank) for axes in (range(rank, 2 * rank), range(rank))]
    maps = [tuple(rows), *whole]
    loops = [PARALLEL] * rank + [REDUCTION] * rank

    def body(inner: Builder, element: Value, _: Value, total: Value) -> Value:
        return inner.binary(combiner, total, element)

    return list(b.generic([value, shape], [out], maps, loops, body))
