"""Operations of StableHLO that arrange dimensions, as several of tern's."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from tern.frontends.stablehlo.names import own_type
from tern.frontends.stablehlo.numbers import converted
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.numbers import is_unsigned
from tern.types import FloatType, TensorType, Type


def zeros(b: Builder, type: TensorType) -> Value:
    """A tensor of zeros, for a sum to start with."""
    zero = 0.0 if isinstance(type.element, FloatType) else 0
    return b.fill(b.constant(zero, type.element), b.empty(type))


def transposed(b: Builder, value: Value, permutation: Sequence[int]) -> Value:
    """Dimension i of the result is dimension `permutation[i]`; nothing where all stay."""
    if list(permutation) == sorted(permutation):
        return value
    shape = tuple(value.type.shape[axis] for axis in permutation)
    return b.transpose(value, b.empty(TensorType(shape, value.type.element)), permutation)


def reshaped(b: Builder, value: Value, shape: tuple[int, ...]) -> Value:
    """The same elements in another shape: dimensions merged, and then others split."""
    type: Any = value.type
    if type.shape == shape:
        return value
    groups = _groups(type.shape, shape)
    middle = tuple(prod(type.shape[axis] for axis in old) for old, _ in groups)
    if middle != type.shape:
        merged = TensorType(middle, type.element)
        value = b.collapse_shape(value, [old for old, _ in groups], merged)
    if middle != shape:
        value = b.expand_shape(value, [new for _, new in groups], TensorType(shape, type.element))
    return value


def _groups(old: Sequence[int], new: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Dimensions of two shapes in groups of equal products, each group as small as it can be. All
    of one shape are in no group if the other has none."""
    if not old or not new:
        return []
    if 0 in old:
        return [(list(range(len(old))), list(range(len(new))))]
    groups: list[tuple[list[int], list[int]]] = []
    at = [0, 0]
    while at[0] < len(old) and at[1] < len(new):
        taken, size = ([at[0]], [at[1]]), [old[at[0]], new[at[1]]]
        at = [at[0] + 1, at[1] + 1]
        while size[0] != size[1]:
            side = int(size[0] > size[1])
            taken[side].append(at[side])
            size[side] *= (old, new)[side][at[side]]
            at[side] += 1
        groups.append(taken)
    groups[-1][0].extend(range(at[0], len(old)))  # sizes of 1 at the end
    groups[-1][1].extend(range(at[1], len(new)))
    return groups


def broadcast_in_dim(b: Builder, value: Value, type: Any, dims: Sequence[int]) -> Value:
    """Dimension i of the value becomes dimension `dims[i]` of the result, or is repeated along it
    if its size is 1; along all others the whole is repeated."""
    if not value.type.shape:
        return b.splat(b.extract(value), type) if type.shape else value
    order = sorted(range(len(dims)), key=lambda axis: dims[axis])
    value = transposed(b, value, order)
    dims = sorted(dims)
    kept = [d for d, size in zip(dims, value.type.shape) if size == type.shape[d]]
    if len(kept) < len(dims):
        value = reshaped(b, value, tuple(type.shape[d] for d in kept))
    added = [d for d in range(type.rank) if d not in kept]
    if not kept:
        return b.splat(b.extract(value), type)
    return b.broadcast(value, b.empty(type), added) if added else value


def reduced(b: Builder, combiner: str, value: Value, initial: Value, dims: Sequence[int]) -> Value:
    """Combined along `dims`, starting from a tensor of rank 0."""
    kept = tuple(size for axis, size in enumerate(value.type.shape) if axis not in dims)
    out = b.fill(b.extract(initial), b.empty(TensorType(kept, value.type.element)))
    return b.reduce(combiner, value, out, dims)


def extended(b: Builder, value: Value, source: Type, element: Type) -> Value:
    """A factor, of StableHLO's element type `source`, of products that are summed up in `element`.
    linalg extends it by itself, but takes all integers for signed ones."""
    if element == element_of(value.type) or not is_unsigned(source):
        return value
    return converted(b, value, source, element, TensorType(value.type.shape, element))


# products -----------------------------------------------------------------------------------------


def dot_general(b: Builder, op: Operation, left: Value, right: Value) -> Value:
    """A product of matrices, of each batch: of what is left the dimensions that are not summed
    over are the rows, and on the right the columns. All kinds are merged into one dimension each,
    and taken apart again."""
    sides = []
    for value, side in ((left, "lhs"), (right, "rhs")):
        batch = op.attributes.get(f"{side}_batching_dimensions", ())
        summed = op.attributes.get(f"{side}_contracting_dimensions", ())
        free = [axis for axis in range(value.type.rank) if axis not in (*batch, *summed)]
        sides.append((value, list(batch), free, list(summed)))
    (left, batch, rows, summed), (right, batch_right, columns, summed_right) = sides
    sizes = [
        [value.type.shape[axis] for axis in axes]
        for value, axes in ((left, batch), (left, rows), (left, summed), (right, columns))
    ]
    b_, m, k, n = map(prod, sizes)
    first, second = [b_, m, k], [b_, k, n]
    if not batch:
        first, second = first[1:], second[1:]
    left = reshaped(b, transposed(b, left, [*batch, *rows, *summed]), tuple(first))
    right = reshaped(
        b, transposed(b, right, [*batch_right, *summed_right, *columns]), tuple(second)
    )
    element = element_of(own_type(op.results[0].type))
    left, right = (
        extended(b, value, element_of(given.type), element)
        for value, given in zip((left, right), op.operands)
    )
    out = zeros(b, TensorType((*first[:-1], n), element))
    product = (b.batch_matmul if batch else b.matmul)(left, right, out)
    return reshaped(b, product, (*sizes[0], *sizes[1], *sizes[3]))
