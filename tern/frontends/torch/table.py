"""The rows that teach: six operations in which PyTorch and linalg see a tensor differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.frontends.torch.indexing import first_of
from tern.frontends.torch.reducing import accumulator, around
from tern.frontends.torch.registry import Row
from tern.frontends.torch.tensors import Tensors, axes_of
from tern.ir import Value
from tern.parts import part
from tern.types import TensorType


def _expand(t: Tensors, type: TensorType, x: Value, *unused: Any, **more: Any) -> Value:
    """Dimensions of size 1 repeat, and new ones come in front."""
    return t.broadcast(x, type.shape)


def _slice(
    t: Tensors,
    type: TensorType,
    x: Value,
    axis: int = 0,
    start: Any = None,
    end: Any = None,
    step: int = 1,
) -> Value:
    """x[start:end:step] along an axis; the type says how long it is."""
    if type == x.type:
        return x
    axis %= type.rank
    offsets: list[int | Value] = [0] * type.rank
    offsets[axis] = first_of(t, start, x.type.shape[axis])
    strides = [step if a == axis else 1 for a in range(type.rank)]
    sizes = [t.extent(size) for size in type.shape]
    if type.shape[axis] == 0:
        return t.empty(type.shape, type.element)
    return t.builder.extract_slice(x, offsets, sizes, strides, type=type)


def _cat(t: Tensors, type: TensorType, tensors: Sequence[Value], axis: int = 0) -> Value:
    """One after another. A tensor of shape (0,) may be among them, and is nothing."""
    parts = [t.converted(x, type.element) for x in tensors if x.type.rank == type.rank]
    return t.builder.concat(parts, axis % type.rank, type)


def _mean(
    t: Tensors, type: TensorType, x: Value, axes: Any = None, keep: bool = False, **unused: Any
) -> Value:
    """The sum along axes, in f32 at least, over how many numbers it is of."""
    wide, chosen = accumulator(type.element), axes_of(axes, x.type.rank)
    total = t.reduced("sum", t.converted(x, wide), chosen, keep)
    count = t.count(tuple(x.type.shape[axis] for axis in chosen), wide)
    mean = t.builder.binary("arith.divf", total, t.stretch(count, (), total.type.shape))
    return t.converted(mean, type.element)


def _embedding(t: Tensors, type: TensorType, table: Value, ids: Value, *unused: Any) -> Value:
    """For each id its row of the table."""
    return t.builder.gather(table, ids, t.empty(type.shape, type.element))


def _convolution(
    t: Tensors, type: TensorType, x: Value, weight: Value, bias: Value | None,
    strides: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
    transposed: bool, _: Any, groups: int,
) -> Value | None:  # fmt: skip
    """PyTorch has channels before height and width, linalg after them: both ways are transposed."""
    if transposed or type.rank != 4:
        return None
    shape: Any = type.shape
    n, c, h, w = shape
    wide = accumulator(type.element)
    image = around(t, t.permuted(x, [0, 2, 3, 1]), (padding[0], padding[1]), 0.0)
    own, each = int(weight.type.shape[1]), c // groups
    filters = t.permuted(weight, [2, 3, 1, 0])
    steps = (tuple(strides), tuple(dilation))
    if groups == c == x.type.shape[1] and groups > 1:  # each channel has a filter of its own
        flat = t.reshaped(filters, (*weight.type.shape[2:], c))
        found = t.builder.conv_2d(image, flat, t.filled(0.0, (n, h, w, c), wide), *steps)
    else:
        found = [
            t.builder.conv_2d(
                part_of(t, image, group * own, own), part_of(t, filters, group * each, each),
                t.filled(0.0, (n, h, w, each), wide), *steps,
            )
            for group in range(groups)
        ]  # fmt: skip
        found = found[0] if groups == 1 else _cat(t, TensorType((n, h, w, c), wide), found, 3)
    found = t.converted(found, type.element)
    if bias is not None:
        found = t.builder.binary("arith.addf", found, t.operand(bias, found.type))
    return t.permuted(found, [0, 3, 1, 2])


def part_of(t: Tensors, x: Value, start: int, count: int) -> Value:
    """`count` numbers of the last axis."""
    shape = (*x.type.shape[:-1], count)
    return _slice(t, TensorType(shape, x.type.element), x, -1, start)


@part(
    "frontends.torch.rows",
    helpers=(_expand, _slice, _cat, _mean, _embedding, _convolution, part_of),
)
def rows() -> dict[str, Row]:
    """The rows of six operations, by the names that PyTorch has for them.

    A row is called with what appends, a Tensors; the result's type, whose sizes PyTorch has worked
    out; and the node's arguments, where a tensor is a Value of tern's and a symbolic size the name
    that tern has for it. It appends what computes the result, and returns it; None says that there
    is no form for these arguments, and the importer tells the user.
    """
    return {
        "aten.expand.default": _expand,
        "aten.slice.Tensor": _slice,
        "aten.cat.default": _cat,
        "aten.mean.dim": _mean,
        "aten.mean.default": _mean,
        "aten.embedding.default": _embedding,
        "aten.convolution.default": _convolution,
    }
