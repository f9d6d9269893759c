"""The builder's part for the dialect tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tern.ir.core import Block, Operation, OpResult, Region, Value
from tern.ir.dialects.slices import split
from tern.types import TensorType, index

Sizes = Sequence["int | Value"]


class TensorBuilder:
    """What a Builder appends that is about tensors."""

    block: Block
    location: Any
    op: Callable[..., Operation]
    """Appends an operation: Builder's."""

    def empty(self, type: TensorType, sizes: Iterable[Value] = ()) -> OpResult:
        """A tensor of unspecified content; `sizes` (index) for the unknown dimensions."""
        return self.op("tensor.empty", sizes, [type]).results[0]

    def dim(self, tensor: Value, axis: Value) -> OpResult:
        """The size of `tensor` along `axis`; both the axis and the size are of type index."""
        return self.op("tensor.dim", [tensor, axis], [index]).results[0]

    def extract(self, tensor: Value, indices: Iterable[Value] = ()) -> OpResult:
        """One element of `tensor`; `indices` is one index for each dimension."""
        return self.op("tensor.extract", [tensor, *indices], [tensor.type.element]).results[0]

    def splat(self, value: Value, type: TensorType, sizes: Iterable[Value] = ()) -> OpResult:
        return self.op("tensor.splat", [value, *sizes], [type]).results[0]

    def expand_shape(
        self,
        tensor: Value,
        reassociation: Iterable[Iterable[int]],
        type: TensorType,
        sizes: Iterable[Value] = (),
    ) -> OpResult:
        """Split dimensions: group g of `reassociation` lists what dimension g becomes.

        `sizes` (index) give the unknown dimensions of the result type.
        """
        groups = tuple(tuple(group) for group in reassociation)
        attributes = {"reassociation": groups}
        return self.op("tensor.expand_shape", [tensor, *sizes], [type], attributes).results[0]

    def collapse_shape(
        self, tensor: Value, reassociation: Iterable[Iterable[int]], type: TensorType
    ) -> OpResult:
        """Merge dimensions: group g of `reassociation` lists what becomes dimension g."""
        attributes = {"reassociation": tuple(tuple(group) for group in reassociation)}
        return self.op("tensor.collapse_shape", [tensor], [type], attributes).results[0]

    def extract_slice(
        self,
        tensor: Value,
        offsets: Sizes,
        sizes: Sizes,
        strides: Sizes | None = None,
        drop: Iterable[int] = (),
        type: TensorType | None = None,
    ) -> OpResult:
        """A part of `tensor`: in each dimension `sizes` elements from `offsets` on.

        They are `strides` apart. Each is a number or an index value. The dimensions `drop`, of
        size 1, are left out of the result. `type` is the result's, where it should name its
        sizes.
        """
        attributes, values = _slice_lists(offsets, sizes, strides)
        gone = set(drop)
        shape = tuple(
            size if isinstance(size, int) else None
            for axis, size in enumerate(sizes)
            if axis not in gone
        )
        made = type or TensorType(shape, tensor.type.element)
        return self.op("tensor.extract_slice", [tensor, *values], [made], attributes).results[0]

    def insert_slice(
        self,
        part: Value,
        whole: Value,
        offsets: Sizes,
        sizes: Sizes,
        strides: Sizes | None = None,
    ) -> OpResult:
        """`whole` with `part` in the place that extract_slice would take."""
        attributes, values = _slice_lists(offsets, sizes, strides)
        operands = [part, whole, *values]
        return self.op("tensor.insert_slice", operands, [whole.type], attributes).results[0]

    def concat(
        self, tensors: Sequence[Value], axis: int, type: TensorType | None = None
    ) -> OpResult:
        """The tensors one after another along `axis`; `type` where it should name its sizes."""
        shapes = [tensor.type.shape for tensor in tensors]
        shape = [next((s for s in along if isinstance(s, int)), along[0]) for along in zip(*shapes)]
        along = [each[axis] for each in shapes]
        shape[axis] = _total(along)
        made = type or TensorType(tuple(shape), tensors[0].type.element)
        return self.op("tensor.concat", tensors, [made], {"dim": axis}).results[0]

    def pad(
        self,
        tensor: Value,
        low: Sizes,
        high: Sizes,
        value: Value,
        type: TensorType | None = None,
    ) -> OpResult:
        """`tensor` with `value` put around it, `low` times before and `high` times after."""
        before, values = split(low)
        after, more = split(high)
        shape = tuple(_total(parts) for parts in zip(tensor.type.shape, low, high))
        made = type or TensorType(shape, tensor.type.element)
        block = Block([index] * tensor.type.rank)
        block.append(Operation("tensor.yield", [value], location=self.location))
        attributes = {"static_low": before, "static_high": after}
        operands = [tensor, *values, *more]
        regions = [Region([block])]
        return self.op("tensor.pad", operands, [made], attributes, regions=regions).results[0]


def _slice_lists(
    offsets: Sizes, sizes: Sizes, strides: Sizes | None
) -> tuple[dict[str, Any], list[Value]]:
    attributes, values = {}, []
    lists = {"offsets": offsets, "sizes": sizes, "strides": strides or [1] * len(sizes)}
    for name, mixed in lists.items():
        attributes[f"static_{name}"], given = split(mixed)
        values += given
    return attributes, values


def _total(sizes: Sequence[Any]) -> int | None:
    """The sum of sizes that are all numbers; else None."""
    known = [size for size in sizes if isinstance(size, int)]
    return sum(known) if len(known) == len(sizes) else None
