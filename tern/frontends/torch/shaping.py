"""Rows of operations that arrange elements: what is strides in PyTorch is a view in loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.frontends.torch.registry import row
from tern.frontends.torch.tensors import Tensors
from tern.ir import Value
from tern.types import FloatType, TensorType, i64, index


@row("view.default", "_unsafe_view.default", "reshape.default", "flatten.using_ints")
def view(t: Tensors, type: TensorType, x: Value, *unused: Any) -> Value:
    """The elements in the same order in another shape: dimensions merged, and others split."""
    return t.reshaped(x, type.shape)


@row("unsqueeze.default", "squeeze.default", "squeeze.dim", "squeeze.dims")
def resized_by_ones(t: Tensors, type: TensorType, x: Value, *unused: Any) -> Value:
    """A dimension of size 1 more, or less."""
    return t.reshaped(x, type.shape)


@row("permute.default")
def permute(t: Tensors, type: TensorType, x: Value, axes: Sequence[int]) -> Value:
    """Dimension i of the result is dimension `axes[i]`."""
    return t.permuted(x, axes)


@row("transpose.int", "t.default")
def transpose(t: Tensors, type: TensorType, x: Value, first: int = 0, second: int = 1) -> Value:
    """Two dimensions change places."""
    order, rank = list(range(type.rank)), type.rank
    if rank > 1:
        order[first % rank], order[second % rank] = second % rank, first % rank
    return t.permuted(x, order)


@row("select.int")
def select(t: Tensors, type: TensorType, x: Value, axis: int, at: Any) -> Value:
    """x[…, at, …] along an axis, which the result lacks; a negative index counts from the end."""
    shape, axis = x.type.shape, axis % x.type.rank
    offsets: list[Any] = [0] * x.type.rank
    offsets[axis] = t.extent(at)
    if isinstance(at, int) and at < 0:
        size = t.extent(shape[axis])
        known = isinstance(size, int)
        offsets[axis] = (
            size + at
            if known
            else t.builder.binary("arith.addi", size, t.builder.constant(at, index))
        )
    sizes = [1 if a == axis else t.extent(size) for a, size in enumerate(shape)]
    return t.builder.extract_slice(x, offsets, sizes, drop=[axis], type=type)


@row("split_with_sizes.default", "split.Tensor", "unbind.int", "chunk.default")
def split(t: Tensors, types: Any, x: Value, sizes: Any = 0, axis: int = 0) -> list[Value] | None:
    """Parts along an axis, one after another; each result's type says how long it is."""
    if any(type.rank != x.type.rank for type in types):
        return unbind(t, types, x, sizes)
    axis, shape, start, found = axis % x.type.rank, x.type.shape, 0, []
    for type in types:
        if not isinstance(type.shape[axis], int):
            return None
        offsets = [start if a == axis else 0 for a in range(len(shape))]
        extents = [t.extent(size) for size in type.shape]
        found.append(t.builder.extract_slice(x, offsets, extents, type=type))
        start += type.shape[axis]
    return found


def unbind(t: Tensors, types: Sequence[TensorType], x: Value, axis: int = 0) -> list[Value]:
    """Each part of length 1 along an axis, without the axis."""
    return [select(t, type, x, axis, at) for at, type in enumerate(types)]


@row("stack.default")
def stack(t: Tensors, type: TensorType, tensors: Sequence[Value], axis: int = 0) -> Value:
    """Tensors of one shape one after another along a new axis."""
    axis %= type.rank
    shape = (*type.shape[:axis], 1, *type.shape[axis + 1 :])
    return t.builder.concat([t.reshaped(x, shape) for x in tensors], axis, type)


@row("constant_pad_nd.default")
def pad(
    t: Tensors, type: TensorType, x: Value, widths: Sequence[int], number: Any = 0
) -> Value | None:
    """A number around x; `widths` begin with the last axis: before, after. A negative width cuts
    off."""
    pairs = [(0, 0)] * (type.rank - len(widths) // 2)
    pairs += list(zip(widths[::2], widths[1::2]))[::-1]
    if any(before < 0 or after < 0 for before, after in pairs):
        offsets = [max(-before, 0) for before, _ in pairs]
        cuts = [min(before, 0) + min(after, 0) for before, after in pairs]
        shape = tuple(
            size if not cut else size + cut if isinstance(size, int) else end
            for size, cut, end in zip(x.type.shape, cuts, type.shape)
        )
        if any(
            cut and max(pair) > 0 and isinstance(size, str)
            for cut, pair, size in zip(cuts, pairs, shape)
        ):
            return None
        sizes = [t.extent(size) for size in shape]
        cut = TensorType(shape, type.element)
        x = t.builder.extract_slice(x, offsets, sizes, type=cut)
        pairs = [(max(before, 0), max(after, 0)) for before, after in pairs]
    if not any(map(any, pairs)):
        return x
    low, high = zip(*pairs)
    return t.builder.pad(x, low, high, t.number(number, type.element), type)


@row("repeat.default")
def repeat(t: Tensors, type: TensorType, x: Value, times: Sequence[Any]) -> Value:
    """x so many times along each axis, and along new ones in front."""
    shape = (*[1] * (len(times) - x.type.rank), *x.type.shape)
    apart = tuple(size for each in shape for size in (1, each))
    whole = tuple(size for pair in zip(times, shape) for size in pair)
    return t.reshaped(t.broadcast(t.reshaped(x, apart), whole), type.shape)


@row("flip.default")
def flip(t: Tensors, type: TensorType, x: Value, axes: Sequence[int]) -> Value:
    """The elements along axes in the opposite order: a linalg.generic whose map counts down."""
    from tern.ir.dialects.structures import PARALLEL, projection

    rank = type.rank
    rows = [list(each) for each in projection(range(rank), rank)]
    for axis in (axis % rank for axis in axes):
        size = type.shape[axis]
        if not isinstance(size, int):
            return None  # type: ignore[return-value]
        rows[axis][axis], rows[axis][-1] = -1, size - 1
    maps = [tuple(map(tuple, rows)), projection(range(rank), rank)]
    out, loops = t.empty(type.shape, type.element), [PARALLEL] * rank
    return t.builder.generic([x], [out], maps, loops, lambda inner, value, _: value)[0]


@row("arange.start_step", "arange.default", "arange.start")
def arange(t: Tensors, type: TensorType, *given: Any, **unused: Any) -> Value:
    """start, start + step, …: 0, 1, 2 times the step, and the start."""
    start, step = (given[0] if len(given) > 1 else 0), (given[2] if len(given) > 2 else 1)
    floats = isinstance(type.element, FloatType)
    counted = t.builder.iota(t.empty(type.shape, i64 if floats else type.element), 0)
    found = t.converted(counted, type.element)
    for number, neutral, name in ((step, 1, "mul"), (start, 0, "add")):
        if number != neutral:
            operation = f"arith.{name}{'f' if floats else 'i'}"
            found = t.builder.binary(operation, found, t.operand(number, type))
    return found
