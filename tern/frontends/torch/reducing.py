"""Rows of reductions, products of matrices, and poolings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tern.build.tensors import neutral
from tern.frontends.torch.registry import row
from tern.frontends.torch.tensors import Tensors, axes_of
from tern.ir import Value
from tern.shapes import total as total_size
from tern.types import FloatType, ScalarType, TensorType, f32, i1, i64

# reductions -----------------------------------------------------------------------------------


@row("sum.dim_IntList", "sum.default")
def total(
    t: Tensors, type: TensorType, x: Value, dims: Any = None, keep: bool = False, **unused: Any
) -> Value:
    """The sum along axes, or of all, in the type of the result; numbers of 16 bits in f32."""
    wide = accumulator(type.element)
    x = t.converted(x, wide)
    return t.converted(t.reduced("sum", x, axes_of(dims, x.type.rank), keep), type.element)


def accumulator(element: ScalarType) -> ScalarType:
    """The type in which a sum of elements is kept."""
    return f32 if isinstance(element, FloatType) and element.width == 16 else element


@row("amax.default")
def amax(t: Tensors, type: TensorType, x: Value, dims: Any = None, keep: bool = False) -> Value:
    """The maximum along axes; NaN if there is one."""
    return t.reduced("max", x, axes_of(dims, x.type.rank), keep)


@row("amin.default")
def amin(t: Tensors, type: TensorType, x: Value, dims: Any = None, keep: bool = False) -> Value:
    """The minimum along axes; NaN if there is one."""
    return t.reduced("min", x, axes_of(dims, x.type.rank), keep)


@row("max.default")
def largest(t: Tensors, type: TensorType, x: Value) -> Value:
    """The maximum of all."""
    return t.reduced("max", x, axes_of(None, x.type.rank), keep=False)


@row("min.default")
def least(t: Tensors, type: TensorType, x: Value) -> Value:
    """The minimum of all."""
    return t.reduced("min", x, axes_of(None, x.type.rank), keep=False)


@row("any.dim", "any.dims", "any.default")
def some(t: Tensors, type: TensorType, x: Value, dims: Any = None, keep: bool = False) -> Value:
    """Whether an element is not 0."""
    return t.reduced("max", t.converted(x, i1), axes_of(dims, x.type.rank), keep)


@row("all.dim", "all.default")
def every(t: Tensors, type: TensorType, x: Value, dims: Any = None, keep: bool = False) -> Value:
    """Whether no element is 0."""
    return t.reduced("min", t.converted(x, i1), axes_of(dims, x.type.rank), keep)


@row("argmax.default")
def argmax(
    t: Tensors, type: TensorType, x: Value, axis: int | None = None, keep: bool = False
) -> Value | None:
    """The first index of the maximum along an axis, as i64. None for that in all dimensions."""
    return located(t, type, x, axis)[1] if axis is not None else None


@row("argmin.default")
def argmin(
    t: Tensors, type: TensorType, x: Value, axis: int | None = None, keep: bool = False
) -> Value | None:
    """The first index of the minimum, which is the maximum of -x. None for integers."""
    if axis is None or not isinstance(x.type.element, FloatType):
        return None
    return located(t, type, t.builder.unary("arith.negf", x), axis)[1]


@row("max.dim")
def maximum_along(
    t: Tensors, types: Sequence[TensorType], x: Value, axis: int, keep: bool = False
) -> list[Value]:
    """The maximum along an axis, and the first index where it is."""
    return located(t, types[0], x, axis)


def located(t: Tensors, type: TensorType, x: Value, axis: int) -> list[Value]:
    """The maximum along an axis and its first index, in the shape of `type`."""
    shape, element = x.type.shape, x.type.element
    axis %= len(shape)
    rest = (*shape[:axis], *shape[axis + 1 :])
    best = t.filled(neutral("max", element), rest, element)
    found = t.builder.argmax(x, best, t.filled(0, rest, i64), axis)
    return [t.kept(each, shape, [axis]) if type.rank == len(shape) else each for each in found]


# products ---------------------------------------------------------------------------------------


@row("mm.default", "bmm.default")
def matmul(t: Tensors, type: TensorType, x: Value, y: Value, **unused: Any) -> Value:
    """The product of two matrices, or of each of a batch with its own."""
    return t.matmul(x, y, type.shape, type.element)


@row("linear.default")
def linear(t: Tensors, type: TensorType, x: Value, weight: Value, bias: Any = None) -> Value:
    """x @ weight.T + bias, of a matrix or of many."""
    found = t.matmul(x, t.permuted(weight, [1, 0]), type.shape, type.element)
    return found if bias is None else t.builder.binary("arith.addf", found, t.operand(bias, type))


# poolings ---------------------------------------------------------------------------------------


def pair(given: Any, default: int = 0) -> tuple[int, int]:
    """A number for height and width each; PyTorch may say one for both, or none."""
    numbers = [given] if isinstance(given, int) else list(given or [default])
    return numbers[0], numbers[-1]


@row("max_pool2d_with_indices.default")
def max_pool(
    t: Tensors,
    types: Sequence[TensorType],
    x: Value,
    window: Any,
    strides: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> list[Value | None] | None:
    """The maximum of each window of an image, batch, channels, height, width. Where it was found,
    which only training asks for, has no form."""
    if ceil_mode or not isinstance(x.type.element, FloatType) or x.type.rank != 4:
        return None
    start = -math.inf
    image = around(t, t.permuted(x, [0, 2, 3, 1]), pair(padding), start)
    found = _pooled(t, types[0], "max", image, start, window, strides, pair(dilation))
    return [found, None]


@row("avg_pool2d.default")
def avg_pool(
    t: Tensors,
    type: TensorType,
    x: Value,
    window: Any,
    strides: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_padding: bool = True,
    divisor: int | None = None,
) -> Value | None:
    """The mean of each window, whose zeros around the image count. None if they should not."""
    if ceil_mode or x.type.rank != 4 or (any(pair(padding)) and not count_padding):
        return None
    image = around(t, t.permuted(x, [0, 2, 3, 1]), pair(padding), 0.0)
    found = _pooled(t, type, "sum", image, 0.0, window, strides, (1, 1))
    count = t.constant(float(divisor or math.prod(pair(window))), type)
    return t.builder.binary("arith.divf", found, count)


def _pooled(
    t: Tensors,
    type: TensorType,
    kind: str,
    image: Value,
    start: float,
    window: Any,
    strides: Any,
    dilation: tuple[int, int],
) -> Value:
    n, c, h, w = type.shape
    out = t.filled(start, (n, h, w, c), type.element)
    size = t.empty(pair(window), type.element)
    found = t.builder.pooling(kind, image, size, out, pair(strides or window), dilation)
    return t.permuted(found, [0, 3, 1, 2])


def around(t: Tensors, image: Value, padding: tuple[int, int], number: float) -> Value:
    """An image (batch, height, width, channels) with as much of a number around it."""
    if not any(padding):
        return image
    n, h, w, c = image.type.shape
    (above, aside), element = padding, image.type.element
    shape = (n, total_size([h, 2 * above]), total_size([w, 2 * aside]), c)
    widths = (0, above, aside, 0)
    filler = t.number(number, element)
    return t.builder.pad(image, widths, widths, filler, TensorType(shape, element))
