"""memref: buffers. For now of rank 0 only, which is to say variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tern.ir.core import Operation
from tern.ir.dialects.definition import Definition, check_counts
from tern.types import MemRefType, Type

if TYPE_CHECKING:
    from tern.ir.parser import Parser
    from tern.ir.printer import Printer


def slot_type(p: Parser) -> MemRefType:
    start = p.at
    type = p.type()
    if not isinstance(type, MemRefType) or type.shape:
        p.fail(f"expected a memref of rank 0, such as memref<f32>, not {type}", start)
    return type


def check_slot(type: Type) -> str | None:
    if isinstance(type, MemRefType) and not type.shape:
        return None
    return f"expected a memref of rank 0, not {type}"


def print_alloca(p: Printer, op: Operation) -> str:
    return f"memref.alloca() : {p.types[op.results[0].type]}"


def parse_alloca(p: Parser, name: str) -> Operation:
    p.expect("(")
    p.expect(")")
    p.expect(":")
    return Operation(name, (), (slot_type(p),))


def check_alloca(op: Operation) -> str | None:
    return check_counts(op, 0, 1) or check_slot(op.results[0].type)


def print_load(p: Printer, op: Operation) -> str:
    slot = op.operands[0]
    return f"memref.load {p.values[slot]}[] : {p.types[slot.type]}"


def parse_load(p: Parser, name: str) -> Operation:
    slot = p.value()
    p.expect("[")
    p.expect("]")
    p.expect(":")
    return Operation(name, (slot,), (slot_type(p).element,))


def check_load(op: Operation) -> str | None:
    if len(op.operands) != 1 or len(op.results) != 1 or op.successors or op.regions:
        return check_counts(op, 1, 1)
    slot, result = op.operands[0].type, op.results[0].type
    if message := check_slot(slot):
        return message
    return None if slot.element == result else f"a load from {slot} cannot give {result}"


def print_store(p: Printer, op: Operation) -> str:
    value, slot = op.operands
    return f"memref.store {p.values[value]}, {p.values[slot]}[] : {p.types[slot.type]}"


def parse_store(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(",")
    slot = p.value()
    p.expect("[")
    p.expect("]")
    p.expect(":")
    slot_type(p)
    return Operation(name, (value, slot))


def check_store(op: Operation) -> str | None:
    if len(op.operands) != 2 or op.results or op.successors or op.regions:
        return check_counts(op, 2, 0)
    value, slot = op.operands[0].type, op.operands[1].type
    if message := check_slot(slot):
        return message
    return None if slot.element == value else f"{value} cannot be stored in {slot}"


DEFINITIONS = [
    # An alloca and a load read or make state: neither is pure, though both are harmless.
    Definition("memref.alloca", print_alloca, parse_alloca, check_alloca),
    Definition("memref.load", print_load, parse_load, check_load),
    Definition("memref.store", print_store, parse_store, check_store),
]
