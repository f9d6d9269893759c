"""linalg's named products, convolutions, poolings, and reductions, in StableHLO.

Each of them goes on from what is in its `outs`; StableHLO's start from a number that changes
nothing, and may use it as often as they like. So what is in `outs` is combined with the result,
unless it is that number everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.convolutions import pooling_combiner
from tern.ir.dialects.dense import several
from tern.targets.errors import EmitError
from tern.targets.spelling import neutral, on_bits
from tern.targets.stablehlo.elementwise import (
    COMBINERS,
    UNSIGNED,
    elementwise,
    read_as_unsigned,
)
from tern.targets.stablehlo.function import Function, rule
from tern.targets.stablehlo.writer import Lines, Name, type_text
from tern.types import FloatType, TensorType, i1


def filled_with(value: Value) -> Any:
    """The number that a tensor is everywhere, if that is known; else None."""
    if not isinstance(value, OpResult):
        return None
    if value.op.name in ("linalg.fill", "tensor.splat"):
        number = value.op.operands[0]
        known = isinstance(number, OpResult) and number.op.name == "arith.constant"
        return number.op.attributes["value"] if known else None
    if value.op.name == "arith.constant" and not several(value.op.attributes["value"]):
        return value.op.attributes["value"]
    return None


def number_of(f: Function, value: Value) -> Name:
    """The number that a tensor is everywhere, of which `filled_with` knows the value."""
    op = value.op  # type: ignore[attr-defined]
    if op.name == "arith.constant":
        return f.lines.constant(op.attributes["value"], TensorType((), value.type.element))
    return f.of(op.operands[0])


def combine(f: Function, name: str, found: Name, out: Value) -> Name:
    """What was found together with what is in `out`, by an operation of arith."""
    element = found.element
    start, nothing = filled_with(out), neutral(name, element)
    if start is not None and start == nothing:
        return found
    return elementwise(f.lines, name, [f.of(out), found], element, {})


def start_of(f: Function, name: str, element: Any, out: Value) -> Name:
    """What a reduction starts with: a number that changes nothing; a zero has the sign that `out`
    has, if that is zero."""
    start, nothing = filled_with(out), neutral(name, element)
    if nothing is None:
        raise EmitError(f"a reduction by {name} has no number to start with")
    if start is not None and start == nothing:
        return number_of(f, out)
    return f.lines.constant(nothing, TensorType((), element))


def reduced(f: Function, name: str, x: Name, dims: Sequence[int], out: Value) -> Name:
    """Combined along `dims`, and with what is in `out`."""
    name, lines = on_bits(name, x.element), f.lines
    if name not in COMBINERS:
        raise EmitError(f"a reduction by {name} has no form in StableHLO")
    initial, element = start_of(f, name, x.element, out), x.element
    if name in UNSIGNED:
        x, initial = read_as_unsigned(lines, x), read_as_unsigned(lines, initial)
    made = lines.reduce(COMBINERS[name], x, initial, dims)
    return combine(f, name, lines.with_element("bitcast_convert", made, element), out)


def extended(lines: Lines, x: Name, element: Any, unsigned: bool = False) -> Name:
    """An input of a narrower type; integers are signed, unless the operation says unsigned."""
    if x.element == element:
        return x
    whole = "arith.extui" if unsigned else "arith.extsi"
    name = "arith.extf" if isinstance(element, FloatType) else whole
    return elementwise(lines, name, [x], element, {})


@rule("linalg.reduce")
def reduce(f: Function, op: Operation) -> Name:
    x, out = op.operands
    return reduced(f, op.attributes["combiner"], f.of(x), op.attributes["dimensions"], out)


@rule("linalg.matmul", "linalg.batch_matmul")
def matmul(f: Function, op: Operation) -> Name:
    type, out = op.result.type, op.operands[2]
    left, right = (extended(f.lines, f.of(value), type.element) for value in op.operands[:2])
    batch = type.rank - 2
    if type.element == i1:
        return _product_of_bits(f, left, right, batch, out)
    more = ", batching_dims = [0] x [0]" if batch else ""
    more += f", contracting_dims = [{batch + 1}] x [{batch}]"
    made = f.lines.to("dot_general", [left, right], type, more)
    return combine(f, _sum(type.element), made, out)


def _sum(element: Any) -> str:
    return "arith.addf" if isinstance(element, FloatType) else on_bits("arith.addi", element)


def _product_of_bits(f: Function, left: Name, right: Name, batch: int, out: Value) -> Name:
    """StableHLO's sum of bits is "or", and arith's "exclusive or"."""
    (*before, n, k), m = left.shape, right.shape[-1]
    whole, axes = (*before, n, k, m), list(range(batch))
    both = f.lines.same(
        "and",
        f.lines.broadcast(left, [*axes, batch, batch + 1], whole),
        f.lines.broadcast(right, [*axes, batch + 1, batch + 2], whole),
    )
    return reduced(f, "arith.addi", both, [batch + 1], out)


# windows ------------------------------------------------------------------------------------------


@rule("linalg.conv_2d_nhwc_hwcf", "linalg.depthwise_conv_2d_nhwc_hwc")
def convolution(f: Function, op: Operation) -> Name:
    type, lines = op.result.type, f.lines
    if type.element == i1:
        raise EmitError(f"{op.name} of single bits has no form in StableHLO: its sum is another")
    image, filter = (extended(lines, f.of(value), type.element) for value in op.operands[:2])
    groups = 1
    if op.name.startswith("linalg.depthwise"):
        groups = image.shape[3]
        filter = lines.reshape(filter, (*filter.shape[:2], 1, groups))
    strides, dilations = (list(op.attributes[key]) for key in ("strides", "dilations"))
    window = f"{{stride = {strides}, pad = [[0, 0], [0, 0]], rhs_dilate = {dilations}}}"
    counts = f"{{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}}"
    text = (
        f"stablehlo.convolution({image}, {filter}) dim_numbers = "
        f"[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {window} {counts} : "
        f"({type_text(image.type)}, {type_text(filter.type)}) -> {type_text(type)}"
    )
    return combine(f, _sum(type.element), lines.add(text, type), op.operands[2])


@rule("linalg.pooling_nhwc_max", "linalg.pooling_nhwc_max_unsigned", "linalg.pooling_nhwc_sum")
def pooling(f: Function, op: Operation) -> Name:
    type, lines, out = op.result.type, f.lines, op.operands[2]
    name = pooling_combiner(op.name, type.element)
    image = f.of(op.operands[0])
    if op.name.endswith("unsigned"):
        image = read_as_unsigned(lines, image)
        image = lines.with_element("convert", image, type.element)
    else:
        image = extended(lines, image, type.element)
    initial, element = start_of(f, name, type.element, out), image.element
    if name in UNSIGNED:
        image, initial = read_as_unsigned(lines, image), read_as_unsigned(lines, initial)
    found = TensorType(type.shape, image.element)
    made = lines.add(_reduce_window(op, COMBINERS[name], image, initial, found), found)
    return combine(f, name, lines.with_element("bitcast_convert", made, element), out)


def _reduce_window(op: Operation, name: str, image: Name, initial: Name, type: TensorType) -> str:
    """Its only form is the generic one."""
    window = op.operands[1].type.shape
    number, lists = type_text(initial.type), {"window_dimensions": window}
    lists |= {f"window_{key}": op.attributes[key] for key in ("strides", "dilations")}
    fields = ", ".join(
        f"{key} = array<i64: 1, {pair[0]}, {pair[1]}, 1>" for key, pair in sorted(lists.items())
    )
    return (
        f'"stablehlo.reduce_window"({image}, {initial}) <{{{fields}}}> ({{\n'
        f"    ^bb0(%total: {number}, %value: {number}):\n"
        f"      %next = stablehlo.{name} %total, %value : {number}\n"
        f"      stablehlo.return %next : {number}\n"
        f"    }}) : ({type_text(image.type)}, {number}) -> {type_text(type)}"
    )
