"""tensor.concat and tensor.pad: tensors one after another, and what is put around one."""

from __future__ import annotations

from typing import Any

from tern.ir.core import Operation, Region, Value
from tern.ir.dialects import slice_arrays
from tern.ir.dialects.forms import check_counts, types_text
from tern.ir.dialects.slices import (
    Entry,
    are_entries,
    dynamic,
    entries,
    entries_text,
    parse_entries,
)
from tern.ir.dialects.tensor import operation, same_size, values_text
from tern.ir.registry import CONTROL, Definition, Parser, Printer, Text, register
from tern.types import TensorType, index

# concat -------------------------------------------------------------------------------------------


def print_concat(p: Printer, op: Operation) -> str:
    return (
        f"tensor.concat dim({op.attributes['dim']}) {values_text(p, op.operands)}"
        f" : ({types_text(p, op.operands)}) -> {p.types[op.results[0].type]}"
    )


def parse_concat(p: Parser, name: str) -> Operation:
    p.expect("dim")
    p.expect("(")
    number = p.integer()
    p.expect(")")
    operands = [p.value()]
    while p.accept(","):
        operands.append(p.value())
    p.expect(":")
    start = p.at
    type = p.function_type()
    if len(type.inputs) != len(operands):
        p.fail(f"{len(operands)} operands but {len(type.inputs)} types", start)
    return Operation(name, operands, type.results, {"dim": number})


def check_concat(op: Operation) -> str | None:
    if message := check_counts(op, max(1, len(op.operands)), 1):
        return message
    types: list[Any] = [value.type for value in (*op.results, *op.operands)]
    dim = op.attributes.get("dim")
    if not all(isinstance(t, TensorType) and t.element == types[0].element for t in types):
        return "tensor.concat is of tensors of one element type"
    result, *parts = [t.shape for t in types]
    if not isinstance(dim, int) or isinstance(dim, bool) or not 0 <= dim < len(result):
        return f"tensor.concat names a dimension of its tensors, not {dim}"
    if any(len(part) != len(result) for part in parts):
        return "tensor.concat is of tensors of one rank"
    for axis, size in enumerate(result):
        along = [part[axis] for part in parts]
        if axis != dim:
            known = {s for s in (size, *along) if isinstance(s, int)}
            fits = len(known) < 2
        else:
            whole = sum(along) if all(isinstance(s, int) for s in along) else None
            fits = same_size(whole, size)
        if not fits:
            return f"tensor.concat of {along} along dimension {axis} cannot give {size}"
    return None


# pad ----------------------------------------------------------------------------------------------


def pad_lists(op: Operation) -> list[list[Entry]]:
    """What a tensor.pad puts before and after each dimension."""
    low, high = op.attributes["static_low"], op.attributes["static_high"]
    middle = 1 + dynamic(low)
    return [entries(low, op.operands[1:middle]), entries(high, op.operands[middle:])]


def print_pad(p: Printer, op: Operation) -> Text:
    tensor = op.operands[0]
    low, high = [entries_text(p, mixed) for mixed in pad_lists(op)]
    types = f" : {p.types[tensor.type]} to {p.types[op.results[0].type]}"
    return [f"tensor.pad {p.values[tensor]} low{low} high{high} ", op.body, types]


def parse_pad(p: Parser, name: str) -> Operation:
    tensor = p.value()
    attributes: dict[str, Any] = {}
    values: list[Value] = []
    for word in ("low", "high"):
        p.expect(word)
        attributes[f"static_{word}"], given = parse_entries(p)
        values += given
    region = Region()
    p.region(region)
    p.expect(":")
    p.type()
    p.expect("to")
    return Operation(name, [tensor, *values], (p.type(),), attributes, regions=[region])


def check_pad(op: Operation) -> str | None:
    low, high = op.attributes.get("static_low"), op.attributes.get("static_high")
    if message := check_counts(op, 1 + dynamic(low) + dynamic(high), 1, 0, 1):
        return message
    before, after = op.operands[0].type, op.results[0].type
    if not isinstance(before, TensorType) or not isinstance(after, TensorType):
        return f"tensor.pad is for tensors, not for {before} and {after}"
    if any(value.type != index for value in op.operands[1:]):
        return "tensor.pad takes what to pad in type index"
    if not are_entries(low, before.rank, 0) or not are_entries(high, before.rank, 0):
        return f"tensor.pad needs what to pad, 0 or more, for each dimension of {before}"
    fits = before.element == after.element and before.rank == after.rank
    if not fits or not all(map(_pads_to, before.shape, low, high, after.shape)):  # type: ignore[arg-type]
        return f"tensor.pad by {list(low)} and {list(high)} cannot make {after} of {before}"  # type: ignore[arg-type]
    return _check_pad_body(op, before)


def _pads_to(size: Any, low: Any, high: Any, result: Any) -> bool:
    """Whether a dimension becomes what the result says: a number if, and where, it is known."""
    if all(isinstance(part, int) for part in (size, low, high)):
        return result == size + low + high
    return True


def _check_pad_body(op: Operation, type: TensorType) -> str | None:
    blocks = op.body.blocks
    if len(blocks) != 1 or [arg.type for arg in blocks[0].args] != [index] * type.rank:
        return "the region of tensor.pad is one block, which takes an index for each dimension"
    operations = blocks[0].operations
    if len(operations) != 1 or operations[0].name != "tensor.yield":
        return "the region of tensor.pad yields a value from outside, and does nothing else"
    if [value.type for value in operations[0].operands] != [type.element]:
        return f"the region of tensor.pad yields a number of type {type.element}"
    if operations[0].operands[0] in blocks[0].args:
        return "tensor.pad pads with one value, which does not depend on where"
    return None


def print_yield(p: Printer, op: Operation) -> str:
    (value,) = op.operands
    return f"tensor.yield {p.values[value]} : {p.types[value.type]}"


def parse_yield(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(":")
    p.type()
    return Operation(name, [value])


def check_yield(op: Operation) -> str | None:
    if message := check_counts(op, 1, 0):
        return message
    region = op.parent.parent if op.parent is not None else None
    outer = region.parent if region is not None else None
    return (
        None
        if outer is not None and outer.name == "tensor.pad"
        else ("tensor.yield stands in tensor.pad")
    )


operation("tensor.concat", print_concat, parse_concat, check_concat, slice_arrays.concat, "sizes")
operation("tensor.pad", print_pad, parse_pad, check_pad, slice_arrays.pad, "sizes")
register(
    Definition(
        "tensor.yield", print_yield, parse_yield, check_yield, None, CONTROL, terminator=True
    )
)
