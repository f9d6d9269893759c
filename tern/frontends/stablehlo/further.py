"""What else StableHLO has: conversions, parts of tensors, windows, bodies of several operations.

Each function is one operation: it appends to the builder what it is in tern, of operands that are
tern's, and gives the results; None where tern has no form for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.frontends.stablehlo.names import ELEMENTWISE, own_type, predicate
from tern.frontends.stablehlo.shaping import reshaped
from tern.frontends.stablehlo.windows import convolution, reduce_window
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import PARALLEL, REDUCTION, projection
from tern.types import FloatType, TensorType, f32, i1, i32

Rule = Callable[[Builder, Operation, list[Value]], "Sequence[Value] | None"]


def further(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """The results of an operation that `to_tern` does not know; None if there is no form."""
    rule = RULES.get(op.name.removeprefix("stablehlo."))
    return rule(b, op, values) if rule else None


def _type(op: Operation) -> Any:
    return own_type(op.results[0].type)


# numbers ------------------------------------------------------------------------------------------


def convert(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    before, after = element_of(op.operands[0].type), element_of(op.results[0].type)
    return [converted(b, values[0], before, after, _type(op))]


def converted(b: Builder, value: Value, before: Any, after: Any, type: Any) -> Value:
    """A number of one element type as one of another; `type` is the result's, in tern."""
    if before == after:
        return value
    unsigned = before == i1 or getattr(before, "unsigned", False)
    if after == i1:
        zero = b.constant(0.0 if isinstance(before, FloatType) else 0, value.type)
        return b.compare("une" if isinstance(before, FloatType) else "ne", value, zero)
    if isinstance(before, FloatType) and isinstance(after, FloatType):
        if before.width == after.width:  # f16 and bf16: neither has all of the other's numbers
            wide = _with_element(value.type, f32)
            value, before = b.cast("arith.extf", value, wide), f32
        return b.cast("arith.extf" if after.width > before.width else "arith.truncf", value, type)
    if isinstance(before, FloatType):
        whole = "arith.fptoui" if getattr(after, "unsigned", False) else "arith.fptosi"
        return b.cast(whole, value, type)
    if isinstance(after, FloatType):
        return b.cast("arith.uitofp" if unsigned else "arith.sitofp", value, type)
    if before.width == after.width:
        return _retyped(b, value, type)
    if before.width > after.width:
        return b.cast("arith.trunci", value, type)
    return b.cast("arith.extui" if unsigned else "arith.extsi", value, type)


def _with_element(type: Any, element: Any) -> Any:
    return TensorType(type.shape, element) if isinstance(type, TensorType) else element


def _retyped(b: Builder, value: Value, type: Any) -> Value:
    """The same bits; i8 and u8 are two types in tern."""
    return value if value.type == type else b.cast("arith.bitcast", value, type)


def bitcast_convert(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    before, after = element_of(op.operands[0].type), element_of(op.results[0].type)
    if before.width != after.width:
        return None
    return [_retyped(b, values[0], _type(op))]


def negate(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    """Of integers, which have no operation of their own for it."""
    return [b.binary("arith.subi", b.constant(0, values[0].type), values[0])]


def absolute(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    """Of unsigned integers: they are it."""
    return values


def bits_not(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    ones = True if element_of(values[0].type) == i1 else -1
    if getattr(element_of(values[0].type), "unsigned", False):
        ones = 255
    return [b.binary("arith.xori", values[0], b.constant(ones, values[0].type))]


def logistic(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    one = b.constant(1.0, values[0].type)
    power = b.unary("math.exp", b.unary("arith.negf", values[0]))
    return [b.binary("arith.divf", one, b.binary("arith.addf", one, power))]


def clamp(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """The least, x, and the greatest; the bounds may be of rank 0."""
    low, x, high = values
    element = element_of(op.operands[1].type)
    bounds = [
        value if value.type == x.type else b.splat(b.extract(value), x.type)
        for value in (low, high)
    ]
    greatest, least = (ELEMENTWISE[name].of(element) for name in ("maximum", "minimum"))
    return [b.binary(least, b.binary(greatest, x, bounds[0]), bounds[1])]


def is_finite(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    endless = b.constant(float("inf"), values[0].type)
    return [b.compare("olt", b.unary("math.absf", values[0]), endless)]


def erf(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """chlo's, and the custom call that JAX writes for it."""
    named = op.attributes.get("call_target_name", "mhlo.erf")
    return [b.unary("math.erf", values[0])] if named == "mhlo.erf" else None


# parts and wholes ---------------------------------------------------------------------------------


def reshape(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    return [reshaped(b, values[0], op.results[0].type.shape)]


def iota(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    type = _type(op)
    axis, whole = op.attributes["iota_dimension"], type
    if isinstance(type.element, FloatType):
        whole = TensorType(type.shape, i32)
    found = b.iota(b.empty(whole), axis)
    return [found if whole == type else b.cast("arith.sitofp", found, type)]


def slice_(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    starts, strides = op.attributes["start_indices"], op.attributes["strides"]
    type = _type(op)
    if 0 in type.shape:
        return [b.empty(type)]
    return [b.extract_slice(values[0], starts, type.shape, strides, type=type)]


def concatenate(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    return [b.concat(values, op.attributes["dimension"], _type(op))]


def pad(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """What is put between elements, too: the tensor is inserted, with strides."""
    low, high, between = (
        op.attributes[key] for key in ("edge_padding_low", "edge_padding_high", "interior_padding")
    )
    if min((*low, *high), default=0) < 0:
        return None
    x, type = values[0], _type(op)
    number = b.extract(values[1])
    if not any(between):
        return [b.pad(x, low, high, number, type)]
    strides = [each + 1 for each in between]
    return [b.insert_slice(x, b.splat(number, type), low, x.type.shape, strides)]


def reverse(b: Builder, op: Operation, values: list[Value]) -> list[Value]:
    type, turned = _type(op), op.attributes["dimensions"]
    rows = [list(row) for row in projection(range(type.rank), type.rank)]
    for axis in turned:
        rows[axis][axis], rows[axis][-1] = -1, type.shape[axis] - 1
    maps = [tuple(map(tuple, rows)), projection(range(type.rank), type.rank)]
    out, loops = b.empty(type), [PARALLEL] * type.rank
    return b.generic([values[0]], [out], maps, loops, lambda inner, value, _: value)


def gather(b: Builder, op: Operation, values: list[Value]) -> list[Value] | None:
    """Whole rows of a table, by their numbers: what an embedding is. Numbers outside of the table
    StableHLO moves to its edge; here they are an error."""
    table, ids = values
    known = op.attributes
    last, rest = ids.type.rank - 1, table.type.shape[1:]
    offsets = tuple(range(last, last + len(rest)))
    whole = (1, *rest)
    if (
        known.get("collapsed_slice_dims") != (0,)
        or known.get("start_index_map") != (0,)
        or known.get("index_vector_dim", 0) != last
        or known.get("offset_dims", ()) != offsets
        or known.get("operand_batching_dims", ()) != ()
        or tuple(known["slice_sizes"]) != whole
    ):
        return None
    rows = reshaped(b, ids, ids.type.shape[:-1])
    return [b.gather(table, rows, b.empty(_type(op)))]


# bodies -------------------------------------------------------------------------------------------


def reduce(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """Several tensors at once, or a body of several operations: a linalg.generic."""
    count, dims = len(values) // 2, op.attributes["dimensions"]
    tensors, initial = values[:count], values[count:]
    rank = tensors[0].type.rank
    kept = [axis for axis in range(rank) if axis not in dims]
    outs = [
        b.fill(b.extract(start), b.empty(own_type(result.type)))
        for start, result in zip(initial, op.results)
    ]
    maps = [projection(range(rank), rank)] * count + [projection(kept, rank)] * count
    loops = [REDUCTION if axis in dims else PARALLEL for axis in range(rank)]
    block = op.regions[0].only_block
    if not all(scalar_form(each) for each in block.operations[:-1]):
        return None

    def body(inner: Builder, *args: Value) -> list[Value]:
        return in_scalars(inner, block, [*args[count:], *args[:count]])

    return b.generic(tensors, outs, maps, loops, body)


def scalar_form(op: Operation) -> bool:
    """Whether an operation of a body, whose tensors have rank 0, is one of numbers."""
    name = op.name.removeprefix("stablehlo.")
    if name in ("constant", "compare", "select", "convert"):
        return True
    return name in ELEMENTWISE and bool(ELEMENTWISE[name].of(element_of(op.operands[0].type)))


def in_scalars(b: Builder, block: Any, args: Sequence[Value]) -> list[Value]:
    """What a body returns, of numbers."""
    now: dict[Value, Value] = dict(zip(block.args, args))
    for op in block.operations[:-1]:
        given = [now[value] for value in op.operands]
        element = element_of(own_type(op.results[0].type))
        source = element_of(op.operands[0].type) if op.operands else None
        match op.name.removeprefix("stablehlo."):
            case "constant":
                made: Value = b.constant(op.attributes["value"], element)
            case "compare":
                made = b.compare(predicate(op.attributes["comparison_direction"], source), *given)
            case "select":
                made = b.select(*given)
            case "convert":
                after = element_of(op.results[0].type)
                made = converted(b, given[0], source, after, element)
            case name:
                made = b.op(ELEMENTWISE[name].of(source), given, [element]).result
        now[op.results[0]] = made
    return [now[value] for value in block.operations[-1].operands]


RULES: dict[str, Rule] = {
    "convert": convert,
    "bitcast_convert": bitcast_convert,
    "negate": negate,
    "abs": absolute,
    "not": bits_not,
    "logistic": logistic,
    "clamp": clamp,
    "is_finite": is_finite,
    "chlo.erf": erf,
    "custom_call": erf,
    "reshape": reshape,
    "iota": iota,
    "slice": slice_,
    "concatenate": concatenate,
    "pad": pad,
    "reverse": reverse,
    "gather": gather,
    "reduce": reduce,
    "convolution": convolution,
    "reduce_window": reduce_window,
}
