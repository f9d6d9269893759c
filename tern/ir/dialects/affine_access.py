"""affine.load and affine.store, and those of vectors: accesses whose subscripts are affine.

An access has one row of `map` for each dimension of its buffer; so has one of a vector, which is
of the first of several elements side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tern.ir.core import Operation, Value
from tern.ir.dialects.affine_maps import (
    Map,
    Row,
    expression_text,
    is_map,
    merged,
    parse_sum,
    rows_of,
)
from tern.ir.dialects.affine_operands import check_operands
from tern.ir.dialects.forms import check_counts
from tern.ir.registry import READS, WRITES, Definition, Parser, Printer, register
from tern.types import MemRefType, VectorType

LOADS = frozenset({"affine.load", "affine.vector_load"})
STORES = frozenset({"affine.store", "affine.vector_store"})


def access(op: Operation) -> tuple[Value, list[Value], Map]:
    """The buffer, the operands and the rows of an affine load or store, of a vector or not."""
    first = 1 if op.name in STORES else 0
    return op.operands[first], op.operands[first + 1 :], op.attributes["map"]


def new_load(buffer: Value, operands: Sequence[Value], rows: Iterable[Row]) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.load", [buffer, *operands], [buffer.type.element], {"map": rows})


def new_store(
    value: Value, buffer: Value, operands: Sequence[Value], rows: Iterable[Row]
) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.store", [value, buffer, *operands], (), {"map": rows})


def new_vector_load(
    type: VectorType, buffer: Value, operands: Sequence[Value], rows: Iterable[Row]
) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.vector_load", [buffer, *operands], [type], {"map": rows})


def new_vector_store(
    value: Value, buffer: Value, operands: Sequence[Value], rows: Iterable[Row]
) -> Operation:
    operands, rows = merged(operands, rows)
    return Operation("affine.vector_store", [value, buffer, *operands], (), {"map": rows})


def new_prefetch(
    buffer: Value, operands: Sequence[Value], rows: Iterable[Row], write: bool = False
) -> Operation:
    """An affine.prefetch of an element: it will be needed soon, again and again."""
    operands, rows = merged(operands, rows)
    attributes = {"map": rows, "write": write, "locality": 3}
    return Operation("affine.prefetch", [buffer, *operands], (), attributes)


def print_prefetch(p: Printer, op: Operation) -> str:
    place, type = _access_text(p, op).split(" : ")
    how = "write" if op.attributes["write"] else "read"
    return f"affine.prefetch {place}, {how}, locality<{op.attributes['locality']}>, data : {type}"


def parse_prefetch(p: Parser, name: str) -> Operation:
    buffer = p.value()
    operands, rows = rows_of(_parse_subscripts(p))
    p.expect(",")
    how = p.next()
    for word in (",", "locality", "<"):
        p.expect(word)
    locality = p.integer()
    for word in (">", ",", "data", ":"):
        p.expect(word)
    p.type()
    attributes = {"map": rows, "write": how == "write", "locality": locality}
    return Operation(name, [buffer, *operands], (), attributes)


def check_prefetch(op: Operation) -> str | None:
    if not op.operands or op.results or op.regions or op.successors:
        return check_counts(op, max(1, len(op.operands)), 0)
    type, rows = op.operands[0].type, op.attributes.get("map")
    if not isinstance(type, MemRefType):
        return f"{op.name} expected a memref, not {type}"
    if not is_map(rows, len(op.operands) - 1) or len(rows) != type.rank:
        return f"{op.name} needs one subscript for each dimension of {type}"
    if op.attributes.get("locality") not in range(4) or "write" not in op.attributes:
        return f"{op.name} says how near, from 0 to 3, and whether to write"
    return check_operands(op, op.operands[1:])


def _access_text(p: Printer, op: Operation) -> str:
    buffer, operands, rows = access(op)
    names = [p.values[value] for value in operands]
    subscripts = ", ".join(expression_text(row, names) for row in rows)
    return f"{p.values[buffer]}[{subscripts}] : {p.types[buffer.type]}"


def print_load(p: Printer, op: Operation) -> str:
    return f"affine.load {_access_text(p, op)}"


def print_store(p: Printer, op: Operation) -> str:
    return f"affine.store {p.values[op.operands[0]]}, {_access_text(p, op)}"


def print_vector_load(p: Printer, op: Operation) -> str:
    return f"affine.vector_load {_access_text(p, op)}, {p.types[op.results[0].type]}"


def print_vector_store(p: Printer, op: Operation) -> str:
    value = op.operands[0]
    return f"affine.vector_store {p.values[value]}, {_access_text(p, op)}, {p.types[value.type]}"


def _parse_subscripts(p: Parser) -> list[dict[Any, int]]:
    p.expect("[")
    sums: list[dict[Any, int]] = []
    while not p.accept("]"):
        if sums:
            p.expect(",")
        sums.append(parse_sum(p))
    return sums


def _parse_access(p: Parser) -> tuple[list[Value], Map, MemRefType]:
    buffer = p.value()
    sums = _parse_subscripts(p)
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


def parse_vector_load(p: Parser, name: str) -> Operation:
    operands, rows, _ = _parse_access(p)
    p.expect(",")
    return Operation(name, operands, (p.type(),), {"map": rows})


def parse_vector_store(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(",")
    operands, rows, _ = _parse_access(p)
    p.expect(",")
    p.type()
    return Operation(name, [value, *operands], (), {"map": rows})


def check_access(op: Operation) -> str | None:
    store = op.name in STORES
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
    if op.name.startswith("affine.vector_"):
        if not buffer.type.rank or value != VectorType(getattr(value, "shape", ()), _element(op)):
            return f"{value} is no vector of elements of {buffer.type}"
        if len(value.shape) != 1:
            return f"{op.name} is of a vector of one axis, not of {value}"
    elif value != buffer.type.element:
        return f"{buffer.type} has no elements of type {value}"
    return check_operands(op, operands)


def _element(op: Operation) -> Any:
    return access(op)[0].type.element


register(
    # It writes nothing, but is there for its effect.
    Definition("affine.prefetch", print_prefetch, parse_prefetch, check_prefetch, effects=WRITES),
    Definition("affine.load", print_load, parse_load, check_access, effects=READS, fails="bounds"),
    Definition(
        "affine.store", print_store, parse_store, check_access, effects=WRITES, fails="bounds"
    ),
    Definition(
        "affine.vector_load",
        print_vector_load,
        parse_vector_load,
        check_access,
        effects=READS,
        fails="bounds",
    ),
    Definition(
        "affine.vector_store",
        print_vector_store,
        parse_vector_store,
        check_access,
        effects=WRITES,
        fails="bounds",
    ),
)
