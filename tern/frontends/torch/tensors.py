"""What the importer's rows build with: whole-array operations by PyTorch's shapes and types."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from tern.build.shapes import matching_groups, product_of
from tern.build.tensors import Shape, TensorBuilder, grouping, neutral
from tern.frontends.torch.names import TorchError
from tern.frontends.torch.sizes import Sizes
from tern.ir import Builder, Value
from tern.ir.dialects.forms import element_of
from tern.types import (
    Dimension,
    FloatType,
    IndexType,
    IntegerType,
    ScalarType,
    TensorType,
    Type,
    f32,
    i1,
    i64,
    index,
)


class Tensors(TensorBuilder):
    """tern's own TensorBuilder, with PyTorch's symbolic sizes, and tensors of rank 0 as such.

    A row gets one, and appends with its methods and with `builder`.
    """

    def __init__(self, builder: Builder, sizes: Sizes, arguments: Sequence[Value]) -> None:
        super().__init__(builder, tuple(value.type for value in arguments), list(arguments))
        self.symbols = sizes

    def size(self, name: Dimension) -> Value:
        """The value of a named size, of type index, which is computed at the top of the function.

        TorchError if no argument has a dimension of that size.
        """
        if name not in self.sizes and name not in self.origins:
            known = isinstance(name, str) and (" + " in name or name in self.symbols.expressions)
            if not known:
                raise TorchError(f"no input says what the size {name} is")
            if name in self.symbols.expressions:
                here = Builder(self.entry)
                self.sizes[name] = self.symbols.value(here, str(name), self.size)
        return super().size(name)

    def extent(self, size: Dimension | Value) -> int | Value:
        """A size as the operations on slices take it: a number, or a value of type index."""
        return size if isinstance(size, (int, Value)) else self.size(size)

    # shapes -----------------------------------------------------------------------------------

    def stretch(self, value: Value, shape: Shape, target: Shape) -> Value:
        """Broadcast a number, or a tensor of a shape, to another shape."""
        if not shape and isinstance(value.type, TensorType):
            if not target:
                return value
            value = self.builder.extract(value)
        elif not shape and not target:
            return self.builder.splat(value, TensorType((), value.type))
        return super().stretch(value, shape, target)

    def broadcast(self, value: Value, target: Shape) -> Value:
        """A tensor repeated along its dimensions of size 1, and along new ones in front of them."""
        return self.stretch(value, value.type.shape, target)

    def reshaped(self, value: Value, target: Shape) -> Value:
        """The elements in the same order, in another shape of as many."""
        shape, element = value.type.shape, value.type.element
        if shape == target:
            return value
        if not shape or not target:
            groups: list[list[int]] = []
            if not shape:
                sizes = self.dynamic(target)
                return self.builder.expand_shape(value, groups, TensorType(target, element), sizes)
            return self.builder.collapse_shape(value, groups, TensorType(target, element))
        pairs = matching_groups(shape, target, self.symbols.factors)
        middle = tuple(
            target[right[0]] if len(right) == 1 else product_of(tuple(shape[a] for a in left))
            for left, right in pairs
        )
        if any(len(left) != 1 for left, _ in pairs):
            merged = TensorType(middle, element)
            value = self.builder.collapse_shape(value, [left for left, _ in pairs], merged)
        if any(len(right) != 1 for _, right in pairs):
            split, sizes = TensorType(target, element), self.dynamic(target)
            groups = [right for _, right in pairs]
            value = self.builder.expand_shape(value, groups, split, sizes)
        return value

    def permuted(self, value: Value, axes: Sequence[int]) -> Value:
        """Dimension i of the result is dimension `axes[i]`; nothing where all stay."""
        shape = value.type.shape
        order = [axis % len(shape) for axis in axes]
        if order == sorted(order):
            return value
        return self.transpose(value, tuple(shape[axis] for axis in order), order)

    # numbers ----------------------------------------------------------------------------------

    def converted(self, value: Value, element: ScalarType) -> Value:
        """The elements as numbers of another type; of a bool, whether they are not 0."""
        before = element_of(value.type)
        if before == element:
            return value
        if element == i1:
            zero = self.constant(0.0 if isinstance(before, FloatType) else 0, value.type)
            return self.builder.compare(
                "une" if isinstance(before, FloatType) else "ne", value, zero
            )
        return self.convert(value, value.type, element)

    def number(self, number: Any, element: ScalarType) -> Value:
        """A number of Python's, or a symbolic size, as one of a type."""
        if isinstance(number, str):
            return self.convert(self.size(number), index, element)
        if isinstance(element, FloatType):
            return self.builder.constant(_rounded(float(number), element), element)
        whole = bool(number) if element == i1 else int(number)
        return self.builder.constant(whole, element)

    def operand(self, value: Any, type: TensorType) -> Value:
        """An operand of an elementwise operation: a tensor that is broadcast and converted to the
        type, or a number that is repeated."""
        if not isinstance(value, Value):
            return self.stretch(self.number(value, type.element), (), type.shape)
        return self.broadcast(self.converted(value, type.element), type.shape)

    # sums, and products ---------------------------------------------------------------------------

    def reduced(self, combiner: str, value: Value, axes: Sequence[int], keep: bool) -> Value:
        """The "sum", "max", or "min" along axes, which stay with size 1 if `keep`."""
        shape, element = value.type.shape, value.type.element
        kept = tuple(size for axis, size in enumerate(shape) if axis not in axes)
        number = combiner == "min" if element == i1 else neutral(combiner, element)
        start = self.filled(number, kept, element)
        found = self.builder.reduce(COMBINERS[combiner](element), value, start, axes)
        return self.kept(found, shape, axes) if keep else found

    def kept(self, reduced: Value, shape: Shape, axes: Sequence[int]) -> Value:
        """What is left of a tensor of a shape, with the axes that it lost as axes of size 1."""
        full = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
        if reduced.type.shape == full:
            return reduced
        type = TensorType(full, reduced.type.element)
        groups = grouping(len(full), list(axes))
        return self.builder.expand_shape(reduced, groups, type, self.dynamic(full))


def _rounded(number: float, element: FloatType) -> float:
    from tern.numbers import round_to

    return round_to(number, element)


def _combiner(floats: str, integers: str, bits: str) -> Any:
    def named(element: ScalarType) -> str:
        if isinstance(element, FloatType):
            return floats
        return bits if element == i1 else integers

    return named


COMBINERS = {
    "sum": _combiner("arith.addf", "arith.addi", "arith.ori"),
    "max": _combiner("arith.maximumf", "arith.maxsi", "arith.ori"),
    "min": _combiner("arith.minimumf", "arith.minsi", "arith.andi"),
}
"""What combines two numbers of an element type. "max" of bools is `any`, and "min" is `all`."""


def axes_of(dims: Any, rank: int) -> list[int]:
    """PyTorch's `dim`, a number, a list, or None for all, as axes from 0 in order."""
    if dims is None or dims == []:
        return list(range(rank))
    given = [dims] if isinstance(dims, int) else dims
    return sorted(axis % rank for axis in given) if rank else []


def common_element(operands: Sequence[Any]) -> ScalarType:
    """The type in which PyTorch computes with operands: of the tensors that have dimensions the
    widest of the highest kind (bool, integer, float), unless one without any is of a higher kind.

    Source: PyTorch's torch/result_type and c10/core/ScalarType.h, promoteTypes.
    """
    ranked: list[list[ScalarType]] = [[], [], []]
    for value in operands:
        if isinstance(value, Value):
            type: Any = value.type
            scalar = not isinstance(type, TensorType) or not type.shape
            ranked[1 if scalar else 0].append(_no_index(element_of(type)))
        else:
            ranked[2].append(i1 if isinstance(value, bool) else i64 if _whole(value) else f32)
    best: ScalarType | None = None
    for elements in ranked:
        if elements:
            found = functools.reduce(_wider, elements)
            if best is None or _kind(found) > _kind(best):
                best = found
    assert best is not None
    return best


def _whole(value: object) -> bool:
    return isinstance(value, (int, str))


def _no_index(element: Type) -> Any:
    return i64 if isinstance(element, IndexType) else element


def _kind(element: ScalarType) -> int:
    return 2 if isinstance(element, FloatType) else int(element != i1)


def _wider(x: ScalarType, y: ScalarType) -> ScalarType:
    if _kind(x) != _kind(y):
        return max(x, y, key=_kind)
    if isinstance(x, FloatType) and isinstance(y, FloatType) and x != y and x.width == y.width:
        return f32  # float16 and bfloat16
    assert isinstance(x, (IntegerType, FloatType)) and isinstance(y, (IntegerType, FloatType))
    return x if x.width >= y.width else y
