"""The built-in functions of arrays and networks, and subscripts, to operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tern.build.tensors import TensorBuilder, kind_of, neutral
from tern.check import Checked
from tern.check.arguments import integer, integers, pairs
from tern.check.networks import NETWORK
from tern.check.subscripts import Taken, taken
from tern.check.surface import element_of, is_half, shape_of
from tern.ir import Builder, Value
from tern.text import tree
from tern.types import Dimension, TensorType, Type, f32, i64, index

Arguments = dict[str, tree.Expression]
Shape = tuple[Dimension, ...]


class NetworkBuilder:
    """Appends the operations of calls and subscripts that the checker found correct.

    `value` computes an expression, and `number` reads a literal as one of a type.
    """

    def __init__(
        self,
        builder: Builder,
        tensors: TensorBuilder,
        checked: Checked,
        value: Callable[[tree.Expression], Value],
        number: Callable[..., int | float],
    ) -> None:
        self.builder = builder
        self.tensors = tensors
        self.checked = checked
        self.value = value
        self.number = number

    def call(self, node: tree.Call) -> Value:
        name = node.function.text
        signature, _ = NETWORK[name]
        given: Arguments = dict(zip(signature.names, node.arguments))
        given.update({keyword.name.text: keyword.value for keyword in node.keywords})
        build = getattr(self, _ALIKE.get(name, name))
        return build(given, self.checked.type_of(node), node)

    # pieces -------------------------------------------------------------------------------

    def type_of(self, node: tree.Expression) -> Type:
        return self.checked.type_of(node)

    def shape_of(self, node: tree.Expression) -> Shape:
        return shape_of(self.type_of(node))

    def stretched(self, node: tree.Expression, shape: Shape) -> Value:
        return self.tensors.stretch(self.value(node), self.shape_of(node), shape)

    # shapes -------------------------------------------------------------------------------

    def reshape(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        value = self.value(given["x"])
        return self.tensors.reshape(value, self.shape_of(given["x"]), shape_of(type_))

    def broadcast_to(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        return self.stretched(given["x"], shape_of(type_))

    def expand_dims(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        if not self.shape_of(given["x"]):
            return self.stretched(given["x"], shape_of(type_))
        return self.reshape(given, type_, node)

    def squeeze(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        if shape_of(type_):
            return self.reshape(given, type_, node)
        dropped = self.tensors.drop(self.value(given["x"]), self.shape_of(given["x"]), [0])
        return self.tensors.scalar(dropped)

    def transpose(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        rank = len(self.shape_of(given["x"]))
        axes = integers(given["axes"]) if "axes" in given else [1, 0]
        assert axes is not None
        order = [axis % rank for axis in axes]
        return self.tensors.transpose(self.value(given["x"]), shape_of(type_), order)

    def matrix_transpose(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        rank = len(self.shape_of(given["x"]))
        order = [*range(rank - 2), rank - 1, rank - 2]
        return self.tensors.transpose(self.value(given["x"]), shape_of(type_), order)

    def size(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        shape, axis = self.shape_of(given["x"]), integer(given["axis"])
        assert axis is not None
        size = shape[axis]
        if isinstance(size, int):
            return self.builder.constant(size, i64)
        return self.builder.cast("arith.index_cast", self.tensors.size(size), i64)

    # elements -----------------------------------------------------------------------------

    def where(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        shape = shape_of(type_)
        condition, then, otherwise = (
            self.stretched(given[n], shape) for n in ("condition", "x", "y")
        )
        return self.builder.select(condition, then, otherwise)

    def clip(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        shape, kind = shape_of(type_), kind_of(element_of(type_))
        larger = ("arith.maxsi", "arith.maxui", "arith.maximumf")[kind]
        smaller = ("arith.minsi", "arith.minui", "arith.minimumf")[kind]
        value, least, most = (self.stretched(given[name], shape) for name in ("x", "min", "max"))
        return self.builder.binary(smaller, self.builder.binary(larger, value, least), most)

    def concat(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        items = given["tensors"]
        assert isinstance(items, tree.List) and isinstance(type_, TensorType)
        axis = integer(given.get("axis")) or 0
        values = [self.value(item) for item in items.items]
        if len(values) == 1:
            return values[0]
        return self.builder.concat(values, axis % type_.rank, type_)

    def pad(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        widths, filler = pairs(given["pad_width"]), given.get("constant_values")
        assert widths is not None
        if filler is not None:
            number = self.value(filler)
        else:
            number = self.tensors.constant(0, element_of(type_))
        return self.padded(self.value(given["x"]), widths, number, type_)

    def padded(
        self, value: Value, widths: Sequence[tuple[int, int]], number: Value, type_: Type
    ) -> Value:
        if not any(map(any, widths)):
            return value
        low, high = zip(*widths)
        return self.builder.pad(value, low, high, number, type_)

    def arange(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        return self.builder.iota(self.tensors.empty(shape_of(type_), element_of(type_)), 0)

    def take(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        table, indices = self.value(given["x"]), given["indices"]
        if not self.shape_of(indices):
            rest = [Taken(0, size) for size in self.shape_of(given["x"])[1:]]
            return self.taken(
                table, self.shape_of(given["x"]), [Taken(index=indices), *rest], type_
            )
        rows = self.tensors.convert(self.value(indices), self.type_of(indices), index)
        return self.builder.gather(
            table, rows, self.tensors.empty(shape_of(type_), element_of(type_))
        )

    def argmax(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        shape, axis = self.shape_of(given["x"]), integer(given["axis"])
        assert axis is not None
        value, axis, element = (
            self.value(given["x"]),
            axis % len(shape),
            element_of(self.type_of(given["x"])),
        )
        if node.function.text == "argmin":
            value = self.reversed(value)
        rest = (*shape[:axis], *shape[axis + 1 :])
        best = self.tensors.filled(neutral("max", element), rest, element)
        _, where = self.builder.argmax(value, best, self.tensors.filled(0, rest, i64), axis)
        if len(shape_of(type_)) == len(shape):
            return self.tensors.keep(where, shape, [axis])
        return self.tensors.scalar(where)

    def reversed(self, value: Value) -> Value:
        """Numbers in the opposite order: what was the least becomes the greatest."""
        if kind_of(element_of(value.type)) == 2:
            return self.builder.unary("arith.negf", value)
        ones = -1 if kind_of(element_of(value.type)) == 0 else 2 ** element_of(value.type).width - 1
        return self.builder.binary("arith.xori", value, self.tensors.constant(ones, value.type))

    # products and images ------------------------------------------------------------------

    def matmul(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        left, right = self.value(given["a"]), self.value(given["b"])
        return self.tensors.matmul(left, right, shape_of(type_), element_of(type_))

    def conv2d(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        stride, padding = _two(given, "stride", 1), _two(given, "padding", 0)
        dilation, groups = _two(given, "dilation", 1), integer(given.get("groups")) or 1
        filters, shape = self.value(given["filters"]), self.shape_of(given["filters"])
        image, zero = self.window_ready(given["x"], padding, 0.0)
        channels = self.shape_of(given["x"])[-1]
        element = element_of(type_)
        total = f32 if is_half(element) else element

        def out(count: Dimension) -> Value:
            return self.tensors.filled(0.0, (*shape_of(type_)[:-1], count), total)

        if groups == 1:
            made = self.builder.conv_2d(image, filters, out(shape[-1]), stride, dilation)
        elif shape[2] == 1 and shape[3] == channels:  # each channel has a filter of its own
            flat = self.tensors.drop(filters, shape, [2])
            made = self.builder.conv_2d(image, flat, out(channels), stride, dilation)
        else:
            own, each = shape[2], _number(shape[3]) // groups
            images = self.split(image, own, groups)
            pieces = [
                self.builder.conv_2d(piece, filter, out(each), stride, dilation)
                for piece, filter in zip(images, self.split(filters, each, groups))
            ]
            made = self.builder.concat(pieces, 3, TensorType(shape_of(type_), total))
        return self.tensors.convert(made, made.type, element)

    def split(self, value: Value, width: Dimension, count: int) -> list[Value]:
        """Along the last axis, `count` parts of a width."""
        shape = shape_of(value.type)
        return [
            self.slice(
                value,
                shape,
                [*[0] * (len(shape) - 1), number * _number(width)],
                (*shape[:-1], width),
            )
            for number in range(count)
        ]

    def max_pool(self, given: Arguments, type_: Type, node: tree.Call) -> Value:
        largest = node.function.text == "max_pool"
        window = _two(given, "window", 1)
        stride = _two(given, "stride", 1) if "stride" in given else window
        element = element_of(type_)
        total = f32 if is_half(element) and not largest else element
        start = neutral("max" if largest else "sum", element)
        image, _ = self.window_ready(given["x"], _two(given, "padding", 0), start)
        image = self.tensors.convert(image, image.type, total)
        out = self.tensors.filled(start, shape_of(type_), total)
        kind = "max" if largest else "sum"
        made = self.builder.pooling(kind, image, self.tensors.empty(window, total), out, stride)
        if not largest:
            count = self.tensors.constant(math.prod(window), made.type)
            made = self.builder.binary("arith.divf", made, count)
        return self.tensors.convert(made, made.type, element)

    def window_ready(
        self, node: tree.Expression, padding: tuple[int, int], filler: int | float
    ) -> tuple[Value, Shape]:
        """An image with as much of a number around it as the windows look at; and its shape."""
        n, height, width, channels = self.shape_of(node)
        shape = (
            n,
            *(_number(size) + 2 * more for size, more in zip((height, width), padding)),
            channels,
        )
        element = element_of(self.type_of(node))
        widths = [(0, 0), *((more, more) for more in padding), (0, 0)]
        number = self.tensors.constant(filler, element)
        return self.padded(self.value(node), widths, number, TensorType(shape, element)), shape

    # subscripts ---------------------------------------------------------------------------

    def subscript(self, node: tree.Subscript) -> Value:
        tensor, type_ = self.value(node.tensor), self.type_of(node.tensor)
        assert isinstance(type_, TensorType)
        found = taken(node, type_)
        if all(each == Taken(0, size) for each, size in zip(found, type_.shape)):
            return tensor
        return self.taken(tensor, type_.shape, found, self.type_of(node))

    def taken(self, tensor: Value, shape: Shape, parts: Sequence[Taken], type_: Type) -> Value:
        """What `parts` say of each axis, which gives a value of a type."""
        offsets = [self.index(part) for part in parts]
        if not shape_of(type_):
            return self.builder.extract(tensor, [self.known(offset) for offset in offsets])
        sizes = [1 if part.size is None else part.size for part in parts]
        dropped = [axis for axis, part in enumerate(parts) if part.size is None]
        return self.slice(tensor, shape, offsets, sizes, dropped, type_)

    def slice(
        self,
        tensor: Value,
        shape: Shape,
        offsets: Sequence[int | Value],
        sizes: Sequence[Dimension],
        dropped: Sequence[int] = (),
        type_: Type | None = None,
    ) -> Value:
        given = [size if isinstance(size, int) else self.tensors.size(size) for size in sizes]
        made = type_ or TensorType(tuple(sizes), element_of(tensor.type))
        return self.builder.extract_slice(tensor, offsets, given, None, dropped, made)

    def index(self, part: Taken) -> int | Value:
        """Where a part begins: a number, or a value of type index."""
        if part.index is None:
            return part.start
        return self.tensors.convert(self.value(part.index), self.type_of(part.index), index)

    def known(self, offset: int | Value) -> Value:
        return self.builder.constant(offset, index) if isinstance(offset, int) else offset


def _number(size: Dimension) -> int:
    """A size that the checker found to be a number."""
    assert isinstance(size, int)
    return size


def _two(given: Arguments, name: str, default: int) -> tuple[int, int]:
    """The height's and the width's of an argument that is one number or two."""
    found = integers(given[name]) if name in given else [default]
    assert found is not None
    return found[0], found[-1]


_ALIKE = {"argmin": "argmax", "avg_pool": "max_pool"}
