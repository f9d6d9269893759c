"""Rows of operations whose subscripts are tensors: what is read where, and what is put where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.frontends.torch.registry import row
from tern.frontends.torch.tensors import Tensors
from tern.ir import Value
from tern.ir.dialects.structures import PARALLEL, projection
from tern.types import TensorType, i1, i64, index


def from_the_start(t: Tensors, at: Value, size: Any) -> Value:
    """Indices, of which PyTorch counts the negative ones from the end, counted from the start."""
    if at.type.element != i64:
        at = t.converted(at, i64)
    zero, whole = t.constant(0, at.type), t.operand(size, at.type)
    moved = t.builder.binary("arith.addi", at, whole)
    return t.builder.select(t.builder.compare("slt", at, zero), moved, at)


@row("index.Tensor", "_unsafe_index.Tensor")
def index_(t: Tensors, type: TensorType, x: Value, indices: Sequence[Value | None]) -> Any:
    """x[…, i, j, …]: the index tensors are broadcast to one shape, whose dimensions come in the
    place of theirs. None for masks, and where a slice stands between two index tensors."""
    given = [*indices, *[None] * (x.type.rank - len(indices))]
    axes = [axis for axis, each in enumerate(given) if each is not None]
    if axes != list(range(axes[0], axes[-1] + 1)):
        return None
    tensors = [given[axis] for axis in axes]
    if any(each.type.element == i1 for each in tensors if each is not None):
        return None
    count = type.rank - (x.type.rank - len(axes))
    common = type.shape[axes[0] : axes[0] + count]
    numbers = [
        t.broadcast(from_the_start(t, each, x.type.shape[axis]), common)
        for axis, each in zip(axes, tensors)
        if each is not None
    ]
    first, after = axes[0], axes[-1] + 1

    def body(inner: Any, *args: Value) -> Value:
        before = [inner.loop_index(loop) for loop in range(first)]
        chosen = [inner.cast("arith.index_cast", at, index) for at in args[:-1]]
        rest = range(first + count, first + count + x.type.rank - after)
        return inner.extract(x, [*before, *chosen, *[inner.loop_index(loop) for loop in rest]])

    return _at_each(t, type, numbers, range(first, first + count), body)


def _at_each(
    t: Tensors, type: TensorType, inputs: Sequence[Value], loops: range, body: Any
) -> Value:
    """A linalg.generic over the dimensions of a result, whose inputs have those of `loops`."""
    rank = type.rank
    maps = [*[projection(loops, rank)] * len(inputs), projection(range(rank), rank)]
    out = t.empty(type.shape, type.element)
    return t.builder.generic(inputs, [out], maps, [PARALLEL] * rank, body)[0]


@row("index_select.default")
def index_select(t: Tensors, type: TensorType, x: Value, axis: int, at: Value) -> Any:
    """The parts of x along an axis that a vector of indices names."""
    return index_(t, type, x, [*[None] * (axis % x.type.rank), at])


@row("gather.default")
def gather(t: Tensors, type: TensorType, x: Value, axis: int, at: Value, **unused: Any) -> Value:
    """out[i, j] = x[at[i, j], j] of axis 0, and so on."""
    axis %= type.rank

    def body(inner: Any, where: Value, _: Value) -> Value:
        places = [inner.loop_index(loop) for loop in range(type.rank)]
        places[axis] = inner.cast("arith.index_cast", where, index)
        return inner.extract(x, places)

    return _at_each(t, type, [from_the_start(t, at, x.type.shape[axis])], range(type.rank), body)


MAX_PUT = 8
"""So many indices are put one by one; more would need a scatter."""


@row("index_put.default", "_unsafe_index_put.default")
def index_put(
    t: Tensors,
    type: TensorType,
    x: Value,
    indices: Sequence[Value | None],
    values: Value,
    accumulate: bool = False,
) -> Value | None:
    """x with `values` at x[…, i, …], as a cache of keys is extended by one: tensor.insert_slice.

    Of a mask, alone and of x's own dimensions, it is a choice. None for more index tensors than
    one, for more than MAX_PUT indices, and for `accumulate`.
    """
    axes = [axis for axis, each in enumerate(indices) if each is not None]
    if accumulate or len(axes) != 1:
        return None
    axis, at = axes[0], indices[axes[0]]
    assert at is not None
    if at.type.element == i1:
        fits = axis == 0 and at.type.shape == x.type.shape and values.type.rank == 0
        return t.builder.select(at, t.operand(values, x.type), x) if fits else None
    count = 1 if not at.type.shape else at.type.shape[0]
    if at.type.rank > 1 or not isinstance(count, int) or count > MAX_PUT:
        return None
    return put(t, x, axis, at, values, count)


def put(t: Tensors, x: Value, axis: int, at: Value, values: Value, count: int) -> Value:
    """x with parts of `values` at `count` indices along an axis."""
    shape, places = x.type.shape, from_the_start(t, at, x.type.shape[axis])
    full = (*shape[:axis], *([count] if at.type.shape else []), *shape[axis + 1 :])
    whole = t.broadcast(values, full)
    for number in range(count):
        subscript = [t.builder.constant(number, index)] if at.type.shape else []
        start = t.builder.extract(places, subscript)
        offsets: list[Any] = [0] * len(shape)
        offsets[axis] = t.builder.cast("arith.index_cast", start, index)
        sizes = [1 if a == axis else t.extent(size) for a, size in enumerate(shape)]
        part = whole
        if count > 1:
            own: list[Any] = [0] * len(shape)
            own[axis] = number
            alone = TensorType((*shape[:axis], 1, *shape[axis + 1 :]), x.type.element)
            part = t.builder.extract_slice(whole, own, sizes, type=alone)
        x = t.builder.insert_slice(part, x, offsets, sizes)
    return x


@row("index_copy.default")
def index_copy(
    t: Tensors, type: TensorType, x: Value, axis: int, at: Value, values: Value
) -> Value | None:
    """x with parts of `values` at indices along an axis: index_put by another name."""
    return index_put(t, type, x, [*[None] * (axis % x.type.rank), at], values)


@row("slice_scatter.default")
def slice_scatter(
    t: Tensors,
    type: TensorType,
    x: Value,
    part: Value,
    axis: int = 0,
    start: Any = None,
    end: Any = None,
    step: int = 1,
) -> Value:
    """x with `part` in the place of x[start:end:step] along an axis."""
    rank, axis = x.type.rank, axis % x.type.rank
    offsets: list[Any] = [0] * rank
    offsets[axis] = first_of(t, start, x.type.shape[axis])
    strides = [step if a == axis else 1 for a in range(rank)]
    sizes = [t.extent(size) for size in part.type.shape]
    if part.type == x.type:
        return part
    return t.builder.insert_slice(part, x, offsets, sizes, strides)


@row("select_scatter.default")
def select_scatter(
    t: Tensors, type: TensorType, x: Value, part: Value, axis: int, at: Any
) -> Value:
    """x with `part` in the place of x[…, at, …] along an axis."""
    axis %= x.type.rank
    offsets: list[Any] = [0] * x.type.rank
    offsets[axis] = first_of(t, at, x.type.shape[axis])
    sizes = [1 if a == axis else t.extent(size) for a, size in enumerate(x.type.shape)]
    return t.builder.insert_slice(part, x, offsets, sizes)


@row("copy.default")
def copy(t: Tensors, type: TensorType, x: Value, source: Value, *unused: Any) -> Value:
    """The source's elements in the type and the shape of x."""
    return t.operand(source, type)


def first_of(t: Tensors, start: Any, size: Any) -> int | Value:
    """Where a slice begins: a negative number counts from the end, and none goes beyond either."""
    if start is None or start == 0:
        return 0
    if isinstance(start, int) and isinstance(size, int):
        return min(max(start + size if start < 0 else start, 0), size)
    if isinstance(start, int) and start < 0:
        b = t.builder
        moved = b.binary("arith.addi", t.size(size), b.constant(start, index))
        return b.binary("arith.maxsi", moved, b.constant(0, index))
    begin, end = [
        t.builder.constant(each, index) if isinstance(each, int) else t.size(each)
        for each in (start, size)
    ]
    return t.builder.binary("arith.minsi", begin, end)
