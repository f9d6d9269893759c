"""Every named operation of linalg as the linalg.generic that it stands for."""

from __future__ import annotations

from collections.abc import Callable

from tern.ir import Block, Builder, Operation, Region, Value
from tern.ir.dialects.convolutions import pooling_combiner
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import structure_of
from tern.types import FloatType, Type, i1


def generalize(op: Operation) -> Operation:
    """A linalg.generic of the same operands that computes what `op` does; it stands nowhere yet.

    As MLIR's pass linalg-generalize-named-ops. A linalg.generic is given back as it is.

    Raises:
        KeyError: the operation is not one of linalg, or has no loops.
    """
    if op.name == "linalg.generic":
        return op
    structure = structure_of(op)
    block = Block([element_of(operand.type) for operand in op.operands])
    builder = Builder(block)
    result = _BODIES.get(op.name, _moved)(op, builder, block.args)
    builder.op("linalg.yield", [result])
    return Operation(
        "linalg.generic",
        op.operands,
        [each.type for each in op.results],
        {"indexing_maps": structure.maps, "iterator_types": structure.iterators},
        regions=[Region([block])],
        location=op.location,
    )


_Body = Callable[[Operation, Builder, "list[Value]"], Value]


def converted(builder: Builder, value: Value, type: Type, unsigned: bool = False) -> Value:
    """`value` in a type of its own kind that is as wide or wider."""
    if value.type == type:
        return value
    if isinstance(type, FloatType):
        return builder.cast("arith.extf", value, type)
    return builder.cast("arith.extui" if unsigned else "arith.extsi", value, type)


def _multiplied(op: Operation, builder: Builder, args: list[Value]) -> Value:
    """out + left * right, in the type of `out`; of single bits, out or (left and right)."""
    *_, out = args
    left, right = [converted(builder, value, out.type) for value in args[:-1]]
    names = ("arith.muli", "arith.addi")
    if isinstance(out.type, FloatType):
        names = ("arith.mulf", "arith.addf")
    elif out.type == i1:
        names = ("arith.andi", "arith.ori")
    return builder.binary(names[1], out, builder.binary(names[0], left, right))


def _pooled(op: Operation, builder: Builder, args: list[Value]) -> Value:
    value, _, out = args
    wide = converted(builder, value, out.type, op.name.endswith("unsigned"))
    return builder.binary(pooling_combiner(op.name, out.type), out, wide)


def _reduced(op: Operation, builder: Builder, args: list[Value]) -> Value:
    value, out = args
    return builder.binary(op.attributes["combiner"], out, value)


def _moved(op: Operation, builder: Builder, args: list[Value]) -> Value:
    return args[0]


_BODIES: dict[str, _Body] = {
    "linalg.batch_matmul": _multiplied,
    "linalg.conv_2d_nhwc_hwcf": _multiplied,
    "linalg.depthwise_conv_2d_nhwc_hwc": _multiplied,
    "linalg.matmul": _multiplied,
    "linalg.pooling_nhwc_max": _pooled,
    "linalg.pooling_nhwc_max_unsigned": _pooled,
    "linalg.pooling_nhwc_sum": _pooled,
    "linalg.reduce": _reduced,
}
