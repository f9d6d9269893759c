"""Whole-array operations, as MLIR has them.

MLIR's operations on tensors are stricter than NumPy's: shapes must be equal, and a linalg
operation writes into a tensor that it is given (destination-passing style). So broadcasting
is spelled out, and every result starts as a `tensor.empty` of the right size.
"""

from __future__ import annotations

from tern.check.surface import element_of, is_float, shape_of
from tern.ir import Block, Builder, Value
from tern.types import Dimension, FloatType, ScalarType, TensorType, Type, i64, index

Shape = tuple[Dimension, ...]

_COMBINERS = {
    "sum": ("arith.addi", "arith.addf"),
    "max": ("arith.maxsi", "arith.maximumf"),
    "min": ("arith.minsi", "arith.minimumf"),
}


def erase(type_: Type) -> Type:
    """The IR's type: a size that has a name becomes an unknown size."""
    if not isinstance(type_, TensorType):
        return type_
    shape = tuple(size if isinstance(size, int) else None for size in type_.shape)
    return TensorType(shape, type_.element)


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
        """The value of a named size, of type index."""
        if name not in self.sizes:
            builder = Builder(self.entry)
            tensor, axis = self.origins[name]
            self.sizes[name] = builder.dim(tensor, builder.constant(axis, index))
        return self.sizes[name]

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
            return self.builder.constant(float(known), element)
        if known != 1:
            product = self._multiply(product, self.builder.constant(known, index))
        whole = self.builder.cast("arith.index_cast", product, i64)
        return self.builder.cast("arith.sitofp", whole, element)

    def _multiply(self, left: Value, right: Value) -> Value:
        return self.builder.binary("arith.muli", left, right)

    # --- new tensors --------------------------------------------------------------------------

    def empty(self, shape: Shape, element: ScalarType) -> Value:
        return self.builder.empty(erase(TensorType(shape, element)), self.dynamic(shape))

    def filled(self, number: int | float, shape: Shape, element: ScalarType) -> Value:
        value = self.builder.constant(number, element)
        return self.builder.fill(value, self.empty(shape, element))

    def constant(self, number: int | float | bool, type_: Type) -> Value:
        """A number, or the tensor that has it everywhere."""
        element = element_of(type_)
        number = float(number) if is_float(element) else number
        return self.stretch(self.builder.constant(number, element), (), shape_of(type_))

    # --- shapes -------------------------------------------------------------------------------

    def stretch(self, value: Value, shape: Shape, target: Shape) -> Value:
        """Broadcast a value of one shape to another that the checker found it fits."""
        if shape == target:
            return value
        element = element_of(value.type)
        if not shape:
            type_ = erase(TensorType(target, element))
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
        type_ = erase(TensorType(kept, element_of(value.type)))
        return self.builder.collapse_shape(value, grouping(len(shape), axes), type_)

    # --- operations ---------------------------------------------------------------------------

    def reduce(self, name: str, value: Value, shape: Shape, axis: int | None) -> Value:
        """`sum`, `max` or `min` along one axis, which stays with size 1, or of everything."""
        element = element_of(value.type)
        combiner = _COMBINERS[name][is_float(element)]
        axes = list(range(len(shape))) if axis is None else [axis]
        kept = tuple(size for a, size in enumerate(shape) if a not in axes)
        start = self.filled(neutral(name, element), kept, element)
        reduced = self.builder.reduce(combiner, value, start, axes)
        if axis is None:
            return self.builder.op("tensor.extract", [reduced], [element]).result
        full = (*shape[:axis], 1, *shape[axis + 1 :])
        return self.builder.expand_shape(
            reduced,
            grouping(len(full), [axis]),
            erase(TensorType(full, element)),
            self.dynamic(full),
        )

    def mean(self, value: Value, shape: Shape, axis: int | None) -> Value:
        total = self.reduce("sum", value, shape, axis)
        element = element_of(value.type)
        count = self.count(shape if axis is None else (shape[axis],), element)
        if axis is not None:
            count = self.stretch(count, (), (*shape[:axis], 1, *shape[axis + 1 :]))
        return self.builder.binary("arith.divf", total, count)

    def matmul(self, left: Value, right: Value, shape: Shape) -> Value:
        element = element_of(left.type)
        zero = 0.0 if is_float(element) else 0
        return self.builder.matmul(left, right, self.filled(zero, shape, element))

    def transpose(self, value: Value, shape: Shape) -> Value:
        """The transpose, whose shape is `shape`."""
        out = self.empty(shape, element_of(value.type))
        return self.builder.transpose(value, out, (1, 0))

    def convert(self, value: Value, type_: Type, element: ScalarType) -> Value:
        """The elements of a value of type `type_` as numbers of another type."""
        source = element_of(type_)
        if source == element:
            return value
        target = erase(with_element(type_, element))
        if is_float(source):
            wider = is_float(element) and element.width > source.width
            names = ("arith.extf" if wider else "arith.truncf", "arith.fptosi")
            return self.builder.cast(names[not is_float(element)], value, target)
        if source.width == 1:
            # Signed conversions would make -1 of true.
            one, zero = (self.constant(n, with_element(type_, element)) for n in (1, 0))
            return self.builder.select(value, one, zero)
        if is_float(element):
            return self.builder.cast("arith.sitofp", value, target)
        name = "arith.extsi" if element.width > source.width else "arith.trunci"
        return self.builder.cast(name, value, target)


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
    """What changes nothing under `sum`, `max` or `min`."""
    if isinstance(element, FloatType):
        return {"sum": 0.0, "max": float("-inf"), "min": float("inf")}[name]
    minimum = -(2 ** (element.width - 1))
    return {"sum": 0, "max": minimum, "min": -minimum - 1}[name]
