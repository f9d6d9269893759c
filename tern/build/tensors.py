"""Whole-array operations, as MLIR has them.

MLIR's operations on tensors are stricter than NumPy's: shapes must be equal, and a linalg
operation writes into a tensor that it is given (destination-passing style). So broadcasting
is spelled out, and every result starts as a `tensor.empty` of the right size.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

from tern.build.shapes import matching_groups, product_of
from tern.check.surface import element_of, is_float, is_half, shape_of
from tern.ir import DEFINITIONS, Block, Builder, Value
from tern.numbers import is_unsigned, round_to
from tern.shapes import terms
from tern.types import (
    Dimension,
    FloatType,
    IndexType,
    ScalarType,
    TensorType,
    Type,
    f32,
    i1,
    i64,
    index,
)

Shape = tuple[Dimension, ...]

# What combines integers, unsigned ones, and floats.
_COMBINERS = {
    "sum": ("arith.addi", "arith.addi", "arith.addf"),
    "max": ("arith.maxsi", "arith.maxui", "arith.maximumf"),
    "min": ("arith.minsi", "arith.minui", "arith.minimumf"),
}


def kind_of(element: Type) -> int:
    """Which of three an element type takes: 0 for integers, 1 for unsigned ones, 2 for floats."""
    return 2 if is_float(element) else int(is_unsigned(element))


class TensorBuilder:
    """Builds operations on tensors, given their shapes with names.

    Every named size comes from a parameter, so its value is computed once, at the top of
    the function: `entry` collects those operations, and the caller puts them there.
    """

    def __init__(
        self, builder: Builder, parameters: tuple[Type, ...], arguments: list[Value]
    ) -> None:
        self.builder = builder
        self.entry = Block()
        self.origins: dict[Dimension, tuple[Value, int]] = {}
        self.sizes: dict[Dimension, Value] = {}
        for type_, argument in zip(parameters, arguments):
            for axis, size in enumerate(shape_of(type_)):
                self.origins.setdefault(size, (argument, axis))

    # --- sizes --------------------------------------------------------------------------------

    def size(self, name: Dimension) -> Value:
        """The value of a named size, or of a sum, of type index."""
        if name not in self.sizes:
            builder = Builder(self.entry)
            if name in self.origins:
                tensor, axis = self.origins[name]
                self.sizes[name] = builder.dim(tensor, builder.constant(axis, index))
            else:
                self.sizes[name] = self._sum(name)
        return self.sizes[name]

    def _sum(self, size: Dimension) -> Value:
        """The value of a sum of named sizes and a number."""
        assert isinstance(size, str)
        names, number = terms(size)
        parts = [self.size(name) for name in names]
        builder = Builder(self.entry)
        if number:
            parts.append(builder.constant(number, index))
        return functools.reduce(lambda a, b: builder.binary("arith.addi", a, b), parts)

    def dynamic(self, shape: Shape) -> list[Value]:
        """The values of the sizes that are not numbers, which MLIR asks for."""
        return [self.size(size) for size in shape if not isinstance(size, int)]

    def count(self, shape: Shape, element: ScalarType) -> Value:
        """The number of elements of a shape, as a floating-point number."""
        known = 1
        product: Value | None = None
        for size in shape:
            if isinstance(size, int):
                known *= size
            else:
                value = self.size(size)
                product = value if product is None else self._multiply(product, value)
        if product is None:
            return self.builder.constant(round_to(known, element), element)
        if known != 1:
            product = self._multiply(product, self.builder.constant(known, index))
        whole = self.builder.cast("arith.index_cast", product, i64)
        return self.builder.cast("arith.sitofp", whole, element)

    def _multiply(self, left: Value, right: Value) -> Value:
        return self.builder.binary("arith.muli", left, right)

    # --- new tensors --------------------------------------------------------------------------

    def empty(self, shape: Shape, element: ScalarType) -> Value:
        return self.builder.empty(TensorType(shape, element), self.dynamic(shape))

    def filled(self, number: int | float, shape: Shape, element: ScalarType) -> Value:
        number = float(number) if is_float(element) else number
        value = self.builder.constant(number, element)
        return self.builder.fill(value, self.empty(shape, element))

    def constant(self, number: int | float | bool, type_: Type) -> Value:
        """A number, or the tensor that has it everywhere."""
        element = element_of(type_)
        number = round_to(number, element) if isinstance(element, FloatType) else number
        return self.stretch(self.builder.constant(number, element), (), shape_of(type_))

    # --- shapes -------------------------------------------------------------------------------

    def stretch(self, value: Value, shape: Shape, target: Shape) -> Value:
        """Broadcast a value of one shape to another that the checker found it fits."""
        if shape == target:
            return value
        element = element_of(value.type)
        if not shape:
            type_ = TensorType(target, element)
            return self.builder.splat(value, type_, self.dynamic(target))
        # linalg.broadcast adds dimensions and stretches none. So drop those that stretch
        # (they are 1) and have them added again in full size.
        missing = len(target) - len(shape)
        stretched = [a for a, size in enumerate(shape) if size != target[missing + a]]
        value = self.drop(value, shape, stretched)
        added = [*range(missing), *(missing + axis for axis in stretched)]
        if not added:
            return value
        return self.builder.broadcast(value, self.empty(target, element), added)

    def drop(self, value: Value, shape: Shape, axes: list[int]) -> Value:
        """Without the given axes, all of size 1."""
        if not axes:
            return value
        kept = tuple(size for axis, size in enumerate(shape) if axis not in axes)
        type_ = TensorType(kept, element_of(value.type))
        return self.builder.collapse_shape(value, grouping(len(shape), axes), type_)

    # --- operations ---------------------------------------------------------------------------

    def reduce(self, name: str, value: Value, shape: Shape, axes: list[int], keep: bool) -> Value:
        """`sum`, `max` or `min` along axes, which stay with size 1 if `keep`."""
        element = element_of(value.type)
        if name == "sum" and is_half(element):
            return self.in_f32(
                value, shape, lambda wide: self.reduce(name, wide, shape, axes, keep)
            )
        combiner = _COMBINERS[name][kind_of(element)]
        kept = tuple(size for a, size in enumerate(shape) if a not in axes)
        start = self.filled(neutral(name, element), kept, element)
        reduced = self.builder.reduce(combiner, value, start, axes)
        return self.keep(reduced, shape, axes) if keep else self.scalar(reduced)

    def keep(self, reduced: Value, shape: Shape, axes: list[int]) -> Value:
        """What is left of a tensor of a shape, with the axes that it lost as axes of size 1."""
        full = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
        type_ = TensorType(full, element_of(reduced.type))
        return self.builder.expand_shape(
            reduced, grouping(len(full), axes), type_, self.dynamic(full)
        )

    def scalar(self, value: Value) -> Value:
        """The only element of a tensor without axes; any other tensor as it is."""
        if shape_of(value.type):
            return value
        return self.builder.op("tensor.extract", [value], [element_of(value.type)]).result

    def in_f32(self, value: Value, shape: Shape, compute: Callable[[Value], Value]) -> Value:
        """What adds up numbers of a format that is too short for it: in f32, rounded at the end."""
        element = element_of(value.type)
        result = compute(self.convert(value, TensorType(shape, element), f32))
        return self.convert(result, result.type, element)

    def mean(self, value: Value, shape: Shape, axes: list[int], keep: bool) -> Value:
        element = element_of(value.type)
        if is_half(element):
            return self.in_f32(value, shape, lambda wide: self.mean(wide, shape, axes, keep))
        total = self.reduce("sum", value, shape, axes, keep)
        count = self.count(tuple(shape[axis] for axis in axes), element)
        count = self.stretch(count, (), shape_of(total.type))
        return self.builder.binary("arith.divf", total, count)

    def matmul(self, left: Value, right: Value, shape: Shape, element: ScalarType) -> Value:
        """The product of two matrices, or of as many on the left as on the right, or of many with
        one; `shape` is the result's, and `element` what is added up in, if it is wide enough."""
        total = f32 if is_half(element) else element
        many, others = shape_of(left.type)[:-2], shape_of(right.type)[:-2]
        if not many:
            out = self.filled(0, shape, total)
            product = self.builder.matmul(left, right, out)
        elif len(many) == len(others) == 1:
            out = self.filled(0, shape, total)
            product = self.builder.batch_matmul(left, right, out)
        else:
            product = self._flat_matmul(left, right, shape, total, batches=bool(others))
        return self.convert(product, product.type, element)

    def _flat_matmul(
        self, left: Value, right: Value, shape: Shape, element: ScalarType, batches: bool
    ) -> Value:
        """With the axes in front made one: of batches, or with the rows, of one matrix."""
        kept = 2 if batches else 1
        left, outer = self._merged(left, kept)
        right = self._merged(right, kept)[0] if batches else right
        number = product_of(outer)
        flat = (number, *shape[len(shape) - kept :])
        sizes = [self.index_count(outer), *self.dynamic(flat[1:])]
        empty = self.builder.empty(
            TensorType(flat, element), sizes if number is None else self.dynamic(flat)
        )
        out = self.builder.fill(
            self.builder.constant(0.0 if is_float(element) else 0, element), empty
        )
        multiply = self.builder.batch_matmul if batches else self.builder.matmul
        rank = len(shape)
        groups = [list(range(rank - kept)), *([axis] for axis in range(rank - kept, rank))]
        return self.builder.expand_shape(
            multiply(left, right, out), groups, TensorType(shape, element), self.dynamic(shape)
        )

    def _merged(self, value: Value, kept: int) -> tuple[Value, Shape]:
        """A tensor with all axes but the last `kept` made one, and those axes' sizes."""
        shape = shape_of(value.type)
        outer, rank = shape[: len(shape) - kept], len(shape)
        groups = [list(range(rank - kept)), *([axis] for axis in range(rank - kept, rank))]
        type_ = TensorType((product_of(outer), *shape[rank - kept :]), element_of(value.type))
        return self.builder.collapse_shape(value, groups, type_), outer

    def index_count(self, shape: Shape) -> Value:
        """The number of elements of a shape, of type index."""
        known = [size for size in shape if isinstance(size, int)]
        factors = [self.size(size) for size in shape if not isinstance(size, int)]
        if math.prod(known) != 1 or not factors:
            factors.append(self.builder.constant(math.prod(known), index))
        return functools.reduce(self._multiply, factors)

    def transpose(self, value: Value, shape: Shape, axes: Sequence[int]) -> Value:
        """The axes in another order; `shape` is the result's."""
        out = self.empty(shape, element_of(value.type))
        return self.builder.transpose(value, out, tuple(axes))

    def reshape(self, value: Value, shape: Shape, target: Shape) -> Value:
        """The elements in the same order, in another shape of as many."""
        groups = matching_groups(shape, target)
        element = element_of(value.type)
        whole = tuple(product_of(tuple(shape[axis] for axis in left)) for left, _ in groups)
        if any(len(left) != 1 for left, _ in groups):
            type_ = TensorType(whole, element)
            value = self.builder.collapse_shape(value, [left for left, _ in groups], type_)
        if any(len(right) != 1 for _, right in groups):
            type_, sizes = TensorType(target, element), self.dynamic(target)
            value = self.builder.expand_shape(value, [right for _, right in groups], type_, sizes)
        return value

    def convert(self, value: Value, type_: Type, element: ScalarType) -> Value:
        """The elements of a value of type `type_` as numbers of another type."""
        if element_of(type_) == i1 != element:
            # Signed conversions would make -1 of true.
            one, zero = (self.constant(n, with_element(type_, element)) for n in (1, 0))
            return self.builder.select(value, one, zero)
        for name, target in conversion(element_of(type_), element):
            value = self.builder.cast(name, value, with_element(type_, target))
        return value


def conversion(source: ScalarType, target: ScalarType) -> list[tuple[str, ScalarType]]:
    """The operations that make a number of one type from that of another, each with its result's
    type. Of a bool there are none: it is chosen by."""
    if source in (target, i1):
        return []
    signs = "ui" if is_unsigned(source) else "si"
    match source, target:
        case FloatType(), FloatType():
            if source.width == target.width:  # f16 and bf16: one has the range, one the precision
                return [("arith.extf", f32), ("arith.truncf", target)]
            return [("arith.extf" if source.width < target.width else "arith.truncf", target)]
        case FloatType(), IndexType():
            return [("arith.fptosi", i64), ("arith.index_cast", index)]
        case FloatType(), _:
            return [("arith.fptoui" if is_unsigned(target) else "arith.fptosi", target)]
        case IndexType(), FloatType():
            return [("arith.index_cast", i64), ("arith.sitofp", target)]
        case _, FloatType():
            return [(f"arith.{signs[0]}itofp", target)]
        case (IndexType(), _) | (_, IndexType()):
            return [("arith.index_castui" if signs == "ui" else "arith.index_cast", target)]
    if source.width == target.width:  # the same bits, for the one who looks at them from outside
        return [("arith.bitcast", target)]
    return [(f"arith.ext{signs}" if source.width < target.width else "arith.trunci", target)]


def with_element(type_: Type, element: ScalarType) -> Type:
    return TensorType(type_.shape, element) if isinstance(type_, TensorType) else element


def grouping(rank: int, units: list[int]) -> list[list[int]]:
    """MLIR's reassociation for `rank` axes of which `units` have size 1 and are dropped.

    Each group is one axis that stays, with the dropped ones after it; those in front of all
    go to the first. No group is left when every axis goes.

        >>> grouping(4, [0, 2])
        [[0, 1, 2], [3]]
    """
    groups: list[list[int]] = []
    leading: list[int] = []
    for axis in range(rank):
        if axis not in units:
            groups.append([*leading, axis])
            leading = []
        else:
            (groups[-1] if groups else leading).append(axis)
    return groups


def neutral(name: str, element: ScalarType) -> int | float:
    """What `sum`, `max` or `min` starts with, and is of nothing: what changes no other number.

    A sum starts with 0.0, though -0.0 is neutral: an empty sum is 0.0.
    """
    if name == "sum":
        return 0.0 if is_float(element) else 0
    found = DEFINITIONS[_COMBINERS[name][kind_of(element)]].neutral
    assert found is not None
    return found(element)
