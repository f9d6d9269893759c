"""memref: buffers. One of rank 0 is a variable."""

from __future__ import annotations

from tern.ir.core import Operation, Value
from tern.ir.dialects.forms import check_counts
from tern.ir.registry import (
    ALLOCATES,
    NOTHING,
    READS,
    WRITES,
    Definition,
    Parser,
    Printer,
    register,
)
from tern.types import MemRefType, Type, index


def buffer_type(p: Parser) -> MemRefType:
    start = p.at
    type = p.type()
    if not isinstance(type, MemRefType):
        p.fail(f"expected a memref, such as memref<f32>, not {type}", start)
    return type


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


def check_indices(op: Operation, buffer: Type, indices: list[Value]) -> str | None:
    """`indices` must be one index for each dimension of the buffer."""
    if not isinstance(buffer, MemRefType):
        return f"expected a memref of rank 0 or more, not {buffer}"
    if [each.type for each in indices] != [index] * buffer.rank:
        return f"{op.name} needs one index for each dimension of {buffer}"
    return None


def values_text(p: Printer, values: list[Value]) -> str:
    return ", ".join([p.values[value] for value in values])


# variables and buffers ------------------------------------------------------------------------


def print_alloca(p: Printer, op: Operation) -> str:
    return f"memref.alloca() : {p.types[op.results[0].type]}"


def parse_alloca(p: Parser, name: str) -> Operation:
    p.expect("(")
    p.expect(")")
    p.attributes()
    p.expect(":")
    return Operation(name, (), (slot_type(p),))


def check_alloca(op: Operation) -> str | None:
    return check_counts(op, 0, 1) or check_slot(op.results[0].type)


def print_alloc(p: Printer, op: Operation) -> str:
    return f"memref.alloc({values_text(p, op.operands)}) : {p.types[op.results[0].type]}"


def parse_alloc(p: Parser, name: str) -> Operation:
    p.expect("(")
    sizes = p.values_until(")")
    p.attributes()  # an alignment, say
    p.expect(":")
    return Operation(name, sizes, (buffer_type(p),))


def check_alloc(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), 1):
        return message
    type = op.results[0].type
    if not isinstance(type, MemRefType):
        return f"memref.alloc gives a memref, not {type}"
    unknown = sum(not isinstance(size, int) for size in type.shape)
    if [size.type for size in op.operands] != [index] * unknown:
        return f"memref.alloc needs {unknown} sizes of type index for {type}"
    return None


def print_dim(p: Printer, op: Operation) -> str:
    buffer, axis = op.operands
    return f"memref.dim {p.values[buffer]}, {p.values[axis]} : {p.types[buffer.type]}"


def parse_dim(p: Parser, name: str) -> Operation:
    buffer = p.value()
    p.expect(",")
    axis = p.value()
    p.expect(":")
    p.type()
    return Operation(name, (buffer, axis), (index,))


def check_dim(op: Operation) -> str | None:
    if message := check_counts(op, 2, 1):
        return message
    buffer, axis = op.operands
    fits = isinstance(buffer.type, MemRefType) and axis.type == index
    return (
        None
        if fits and op.results[0].type == index
        else (f"memref.dim of {buffer.type} along {axis.type} cannot give {op.results[0].type}")
    )


# loads and stores -----------------------------------------------------------------------------


def print_load(p: Printer, op: Operation) -> str:
    buffer, *indices = op.operands
    return f"memref.load {p.values[buffer]}[{values_text(p, indices)}] : {p.types[buffer.type]}"


def parse_load(p: Parser, name: str) -> Operation:
    buffer = p.value()
    p.expect("[")
    indices = p.values_until("]")
    p.expect(":")
    return Operation(name, (buffer, *indices), (buffer_type(p).element,))


def check_load(op: Operation) -> str | None:
    if not op.operands or len(op.results) != 1 or op.successors or op.regions:
        return check_counts(op, max(1, len(op.operands)), 1)
    buffer, *indices = op.operands
    if message := check_indices(op, buffer.type, indices):
        return message
    result = op.results[0].type
    if buffer.type.element == result:
        return None
    return f"a load from {buffer.type} cannot give {result}"


def print_store(p: Printer, op: Operation) -> str:
    value, buffer, *indices = op.operands
    where = f"{p.values[buffer]}[{values_text(p, indices)}]"
    return f"memref.store {p.values[value]}, {where} : {p.types[buffer.type]}"


def parse_store(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(",")
    buffer = p.value()
    p.expect("[")
    indices = p.values_until("]")
    p.expect(":")
    buffer_type(p)
    return Operation(name, (value, buffer, *indices))


def check_store(op: Operation) -> str | None:
    if len(op.operands) < 2 or op.results or op.successors or op.regions:
        return check_counts(op, max(2, len(op.operands)), 0)
    value, buffer, *indices = op.operands
    if message := check_indices(op, buffer.type, indices):
        return message
    if buffer.type.element == value.type:
        return None
    return f"{value.type} cannot be stored in {buffer.type}"


register(
    # Two variables are never one, so that allocation is an effect.
    Definition("memref.alloca", print_alloca, parse_alloca, check_alloca, effects=ALLOCATES),
    Definition("memref.alloc", print_alloc, parse_alloc, check_alloc, effects=ALLOCATES),
    Definition("memref.dim", print_dim, parse_dim, check_dim, effects=NOTHING, fails="bounds"),
    Definition("memref.load", print_load, parse_load, check_load, effects=READS, fails="bounds"),
    Definition(
        "memref.store", print_store, parse_store, check_store, effects=WRITES, fails="bounds"
    ),
)
