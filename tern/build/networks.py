"""The built-in functions of arrays and networks, and subscripts, to operations."""

from __future__ import annotations

from collections.abc import Callable

from tern.build.tensors import TensorBuilder, kind_of
from tern.check import Checked
from tern.check.arguments import integer, integers
from tern.check.networks import NETWORK
from tern.check.surface import element_of, shape_of
from tern.ir import Builder, Value
from tern.text import tree
from tern.types import Dimension, Type, i64

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


_ALIKE = {"argmin": "argmax", "avg_pool": "max_pool"}
