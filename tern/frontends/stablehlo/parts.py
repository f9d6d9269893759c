"""Parts of tensors, and tensors made of others, in StableHLO."""

from __future__ import annotations

from collections.abc import Sequence

from tern.frontends.stablehlo.names import result_type
from tern.frontends.stablehlo.shaping import reshaped
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import PARALLEL, projection
from tern.types import FloatType, TensorType, i32, index


def reshape(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    return [reshaped(b, values[0], op.results[0].type.shape)]


def iota(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    type = result_type(op)
    axis, whole = op.attributes["iota_dimension"], type
    if isinstance(type.element, FloatType):
        whole = TensorType(type.shape, i32)
    found = b.iota(b.empty(whole), axis)
    return [found if whole == type else b.cast("arith.sitofp", found, type)]


def slice_(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    starts, strides = op.attributes["start_indices"], op.attributes["strides"]
    type = result_type(op)
    if 0 in type.shape:
        return [b.empty(type)]
    return [b.extract_slice(values[0], starts, type.shape, strides, type=type)]


def dynamic_slice(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    x, *starts = values
    type = result_type(op)
    if 0 in type.shape:
        return [b.empty(type)]
    offsets = _offsets(b, op.operands[1:], starts, x.type.shape, type.shape)
    return [b.extract_slice(x, offsets, type.shape, type=type)]


def dynamic_update_slice(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    whole, part, *starts = values
    if 0 in part.type.shape:
        return [whole]
    offsets = _offsets(b, op.operands[2:], starts, whole.type.shape, part.type.shape)
    return [b.insert_slice(part, whole, offsets, part.type.shape)]


def _offsets(
    b: Builder,
    given: Sequence[Value],
    starts: Sequence[Value],
    shape: Sequence[int],
    sizes: Sequence[int],
) -> list[int | Value]:
    """Where a part begins: StableHLO moves it so that it lies inside."""
    found: list[int | Value] = []
    for old, start, whole, size in zip(given, starts, shape, sizes):
        element = element_of(old.type)
        unsigned = getattr(element, "unsigned", False)
        op = getattr(old, "op", None)
        if op is not None and op.name == "stablehlo.constant":
            number = op.attributes["value"]
            if unsigned:
                number %= 1 << element.width
            found.append(min(max(number, 0), whole - size))
            continue
        kind = "arith.index_castui" if unsigned else "arith.index_cast"
        at = b.cast(kind, b.extract(start), index)
        least, greatest = b.constant(0, index), b.constant(whole - size, index)
        found.append(b.binary("arith.minsi", b.binary("arith.maxsi", at, least), greatest))
    return found


def concatenate(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    return [b.concat(values, op.attributes["dimension"], result_type(op))]


def pad(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """What is put between elements, too: the tensor is inserted, with strides."""
    low, high, between = (
        op.attributes[key] for key in ("edge_padding_low", "edge_padding_high", "interior_padding")
    )
    if min((*low, *high), default=0) < 0:
        return None
    x, type = values[0], result_type(op)
    number = b.extract(values[1])
    if not any(between):
        return [b.pad(x, low, high, number, type)]
    if 0 in x.type.shape:
        return [b.splat(number, type)]
    strides = [each + 1 for each in between]
    return [b.insert_slice(x, b.splat(number, type), low, x.type.shape, strides)]


def reverse(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value]:
    type, turned = result_type(op), op.attributes["dimensions"]
    rows = [list(row) for row in projection(range(type.rank), type.rank)]
    for axis in turned:
        rows[axis][axis], rows[axis][-1] = -1, type.shape[axis] - 1
    maps = [tuple(map(tuple, rows)), projection(range(type.rank), type.rank)]
    out, loops = b.empty(type), [PARALLEL] * type.rank
    return b.generic([values[0]], [out], maps, loops, lambda inner, value, _: value)


def gather(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """Whole rows of a table by their numbers, which is what an embedding is, or single elements by
    all their indices. Numbers outside of the table StableHLO moves to its edge; here they are an
    error."""
    table, ids = values
    known, rank, last = op.attributes, table.type.rank, ids.type.rank - 1
    taken = known.get("start_index_map", ())
    rest = table.type.shape[len(taken) :]
    if (
        taken not in ((0,), tuple(range(rank)))
        or known.get("collapsed_slice_dims", ()) != taken
        or known.get("index_vector_dim", 0) != last
        or known.get("offset_dims", ()) != tuple(range(last, last + len(rest)))
        or known.get("operand_batching_dims", ()) != ()
        or tuple(known["slice_sizes"]) != (1,) * len(taken) + rest
    ):
        return None
    out = b.empty(result_type(op))
    if taken == (0,):
        return [b.gather(table, reshaped(b, ids, ids.type.shape[:-1]), out)]
    columns = [_column(b, ids, axis) for axis in range(rank)]

    def body(inner: Builder, *args: Value) -> Value:
        return inner.extract(table, [inner.cast("arith.index_cast", at, index) for at in args[:-1]])

    maps = [projection(range(last), last)] * (rank + 1)
    return b.generic(columns, [out], maps, [PARALLEL] * last, body)


def _column(b: Builder, ids: Value, axis: int) -> Value:
    """One of the indices, of all elements: ids[..., axis]."""
    *rest, count = ids.type.shape
    type = TensorType(tuple(rest), ids.type.element)
    if 0 in rest:
        return b.empty(type)
    starts, sizes = [0] * len(rest) + [axis], [*rest, 1]
    return b.extract_slice(ids, starts, sizes, drop=[len(rest)], type=type)
