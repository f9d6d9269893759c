"""affine: loops whose bounds, and accesses whose subscripts, are affine expressions.

Loops and accesses hold the rows of tern.ir.dialects.affine_maps as attributes. An affine.for
starts at the greatest of the rows of `lower`, ends before the least of those of `upper`, and
goes by `step`; its operands are those of the lower bound, then those of the upper. An
affine.load or affine.store has one row of `map` for each dimension of its buffer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tern.ir.core import BlockArgument, Operation, OpResult, Region, Value
from tern.ir.dialects.affine_maps import (
    Map,
    Row,
    expression_text,
    is_map,
    map_text,
    merged,
    parse_applied_map,
    parse_sum,
    rows_of,
)
from tern.ir.dialects.forms import check_counts
from tern.ir.registry import (
    READS,
    WRITES,
    Definition,
    Parser,
    Printer,
    Text,
    is_terminator,
    register,
)
from tern.types import MemRefType, index

__all__ = [
    "Map",
    "Row",
    "access",
    "expression_text",
    "is_induction_variable",
    "lower_bound",
    "merged",
    "new_for",
    "new_load",
    "new_store",
    "upper_bound",
]


# what the operands can be ---------------------------------------------------------------------


def is_induction_variable(value: Value) -> bool:
    """Whether the value is the induction variable of an affine.for."""
    return isinstance(value, BlockArgument) and _owner(value.block) == "affine.for"


def _owner(block: Any) -> str | None:
    """The name of the operation whose region the block is in."""
    region = block.parent if block is not None else None
    return region.parent.name if region is not None and region.parent is not None else None


def check_operands(op: Operation, operands: Sequence[Value]) -> str | None:
    """Affine operands are induction variables, and index values that no loop changes."""
    for value in operands:
        if value.type != index:
            return f"{op.name} needs operands of type index, not {value.type}"
        home = value.op.parent if isinstance(value, OpResult) else getattr(value, "block", None)
        owner = _owner(home)
        if owner is not None and owner != "func.func" and not is_induction_variable(value):
            return f"{op.name} uses an index that is neither an induction variable nor a size"
    return None


# affine.for -----------------------------------------------------------------------------------


def lower_bound(loop: Operation) -> tuple[list[Value], Map]:
    """Operands and rows of a loop's lower bound: it starts at the greatest of the rows."""
    rows = loop.attributes["lower"]
    return loop.operands[: len(rows[0]) - 1], rows


def upper_bound(loop: Operation) -> tuple[list[Value], Map]:
    """Operands and rows of a loop's upper bound: it ends before the least of the rows."""
    return loop.operands[len(loop.attributes["lower"][0]) - 1 :], loop.attributes["upper"]


def new_for(
    lower: tuple[Sequence[Value], Iterable[Row]],
    upper: tuple[Sequence[Value], Iterable[Row]],
    step: int = 1,
    location: Any = None,
) -> Operation:
    """An affine.for of an empty body: `lower` and `upper` are operands and rows each."""
    operands_lower, rows_lower = merged(*lower)
    operands_upper, rows_upper = merged(*upper)
    region = Region()
    region.add_block([index]).append(Operation("affine.yield"))
    attributes = {"lower": rows_lower, "upper": rows_upper, "step": step}
    operands = operands_lower + operands_upper
    return Operation("affine.for", operands, (), attributes, regions=[region], location=location)


def _bound_text(p: Printer, bound: tuple[list[Value], Map], word: str) -> str:
    operands, rows = bound
    if len(rows) == 1:
        if not operands:
            return str(rows[0][0])
        if rows[0] == (1, 0) and not is_induction_variable(operands[0]):
            return p.values[operands[0]]
        return map_text(p, operands, rows)
    return f"{word} {map_text(p, operands, rows)}"


def print_for(p: Printer, op: Operation) -> Text:
    p.name_entry(op.body)
    variable = p.values[op.body.blocks[0].args[0]]
    lower = _bound_text(p, lower_bound(op), "max")
    upper = _bound_text(p, upper_bound(op), "min")
    step = op.attributes["step"]
    steps = f" step {step}" if step != 1 else ""
    return [f"affine.for {variable} = {lower} to {upper}{steps} ", op.body]


def _parse_bound(p: Parser, word: str) -> tuple[list[Value], Map]:
    p.accept(word)
    token = p.peek()
    if token == "#" or token == "affine_map":
        return parse_applied_map(p)
    if token[:1] == "%":
        return [p.value()], ((1, 0),)
    return [], ((p.integer(),),)


def parse_for(p: Parser, name: str) -> Operation:
    variable = p.new_name()
    p.expect("=")
    lower_operands, lower = _parse_bound(p, "max")
    p.expect("to")
    upper_operands, upper = _parse_bound(p, "min")
    step = p.integer() if p.accept("step") else 1
    region = Region()
    region.add_block([index])
    attributes = {"lower": lower, "upper": upper, "step": step}
    op = Operation(name, lower_operands + upper_operands, (), attributes, regions=[region])
    p.region(region, entry_names=[variable])
    last = region.blocks[0].terminator
    if last is None or not is_terminator(last):
        region.blocks[0].append(Operation("affine.yield"))
    return op


def check_for(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), 0, 0, 1):
        return message
    lower, upper = op.attributes.get("lower"), op.attributes.get("upper")
    step = op.attributes.get("step")
    if not (isinstance(lower, tuple) and lower and isinstance(lower[0], tuple) and lower[0]):
        return "affine.for needs a lower bound"
    below = len(lower[0]) - 1
    if not is_map(lower, below) or not upper or not is_map(upper, len(op.operands) - below):
        return "the bounds of affine.for do not fit its operands"
    if not isinstance(step, int) or isinstance(step, bool) or step < 1:
        return f"affine.for counts up by 1 or more, not by {step}"
    if message := check_operands(op, op.operands):
        return message
    if len(op.body.blocks) != 1:
        return f"the region of affine.for is one block, not {len(op.body.blocks)}"
    block = op.body.blocks[0]
    if [arg.type for arg in block.args] != [index]:
        return "the block of affine.for takes its induction variable, of type index"
    if block.terminator is None or block.terminator.name != "affine.yield":
        return "the region of affine.for must end in affine.yield"
    return None


def print_yield(p: Printer, op: Operation) -> Text | None:
    return None if _owner(op.parent) == "affine.for" else "affine.yield"


def parse_yield(p: Parser, name: str) -> Operation:
    return Operation(name)


def check_yield(op: Operation) -> str | None:
    if message := check_counts(op, 0, 0):
        return message
    return None if _owner(op.parent) == "affine.for" else "affine.yield stands in affine.for"


# affine.load and affine.store -----------------------------------------------------------------


def access(op: Operation) -> tuple[Value, list[Value], Map]:
    """The buffer, the operands and the rows of an affine.load or affine.store."""
    first = 1 if op.name == "affine.store" else 0
    return op.operands[first], op.operands[first + 1 :], op.attributes["map"]


def new_load(buffer: Value, operands: Sequence[Value], rows: Iterable[Row]) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.load", [buffer, *operands], [buffer.type.element], {"map": rows})


def new_store(
    value: Value, buffer: Value, operands: Sequence[Value], rows: Iterable[Row]
) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.store", [value, buffer, *operands], (), {"map": rows})


def _access_text(p: Printer, op: Operation) -> str:
    buffer, operands, rows = access(op)
    names = [p.values[value] for value in operands]
    subscripts = ", ".join(expression_text(row, names) for row in rows)
    return f"{p.values[buffer]}[{subscripts}] : {p.types[buffer.type]}"


def print_load(p: Printer, op: Operation) -> str:
    return f"affine.load {_access_text(p, op)}"


def print_store(p: Printer, op: Operation) -> str:
    return f"affine.store {p.values[op.operands[0]]}, {_access_text(p, op)}"


def _parse_access(p: Parser) -> tuple[list[Value], Map, MemRefType]:
    buffer = p.value()
    p.expect("[")
    sums: list[dict[Any, int]] = []
    while not p.accept("]"):
        if sums:
            p.expect(",")
        sums.append(parse_sum(p))
    p.expect(":")
    start = p.at
    type = p.type()
    if not isinstance(type, MemRefType):
        p.fail(f"expected a memref, not {type}", start)
    operands, rows = rows_of(sums)
    return [buffer, *operands], rows, type


def parse_load(p: Parser, name: str) -> Operation:
    operands, rows, type = _parse_access(p)
    return Operation(name, operands, (type.element,), {"map": rows})


def parse_store(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(",")
    operands, rows, _ = _parse_access(p)
    return Operation(name, [value, *operands], (), {"map": rows})


def check_access(op: Operation) -> str | None:
    store = op.name == "affine.store"
    if len(op.operands) < 1 + store or op.successors or op.regions:
        return check_counts(op, max(1 + store, len(op.operands)), 1 - store)
    if len(op.results) != 1 - store:
        return check_counts(op, len(op.operands), 1 - store)
    buffer, operands = op.operands[store], op.operands[store + 1 :]
    if not isinstance(buffer.type, MemRefType):
        return f"{op.name} expected a memref, not {buffer.type}"
    rows = op.attributes.get("map")
    if not is_map(rows, len(operands)) or len(rows) != buffer.type.rank:
        return f"{op.name} needs one subscript for each dimension of {buffer.type}"
    value = op.operands[0].type if store else op.results[0].type
    if value != buffer.type.element:
        return f"{buffer.type} has no elements of type {value}"
    return check_operands(op, operands)


register(
    Definition("affine.for", print_for, parse_for, check_for),
    Definition("affine.yield", print_yield, parse_yield, check_yield, terminator=True),
    Definition("affine.load", print_load, parse_load, check_access, effects=READS, fails="bounds"),
    Definition(
        "affine.store", print_store, parse_store, check_access, effects=WRITES, fails="bounds"
    ),
)
