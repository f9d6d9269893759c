"""Prefetching: while one row is computed, the next one is on its way.

A kernel that goes over a row twice, as a norm does, loads it from memory and then computes; while
it computes, the memory has nothing to do. And the processor's own prefetcher stops at the end of a
page, which is where a row of 1024 floats ends. Source: T. Mowry, M. Lam, and A. Gupta, "Design and
Evaluation of a Compiler Algorithm for Prefetching", ASPLOS 1992.
"""

from __future__ import annotations

from tern.analysis.nests import induction_variable, nests
from tern.cost.machine import Machine
from tern.ir import Operation, Value
from tern.ir.dialects.affine import access, new_prefetch
from tern.types import MemRefType, VectorType


def prefetch_next_rows(func: Operation, machine: Machine) -> int:
    """Let loops over rows ask for the next row of what they load by vectors, in place.

    Of the loops over a row the one that computes most does so: it leaves the memory most time. It
    asks for a cache line at a time, as many as a vector has. Nothing else changes: beyond the last
    row there may be nothing, which is no error. Gives the number of buffers. O(n).
    """
    count = 0
    for rows in nests(func):
        loops = [op for op in rows.body.only_block.operations if op.name == "affine.for"]
        loops = [loop for loop in loops if _loaded_rows(rows, [loop]) or _stores_row(loop, rows)]
        if not loops:
            continue
        busiest = max(loops, key=lambda loop: len(loop.body.only_block.operations))
        for buffer in _loaded_rows(rows, loops):
            _ask(busiest, rows, buffer, machine)
            count += 1
    return count


def _stores_row(loop: Operation, rows: Operation) -> bool:
    body = loop.body.only_block.operations
    return any(op.name == "affine.vector_store" and _is_of_row(op, rows, loop) for op in body)


def _is_of_row(op: Operation, rows: Operation, loop: Operation) -> bool:
    """Whether an access is `buffer[i, j]`, of the variables of both loops."""
    buffer, operands, found = access(op)
    row, column = induction_variable(rows), induction_variable(loop)
    terms = [{v: c for v, c in zip(operands, each) if c} for each in found]
    return buffer.type.rank == 2 and terms == [{row: 1}, {column: 1}]


def _loaded_rows(rows: Operation, loops: list[Operation]) -> list[Value]:
    """The buffers from which vectors of a row are loaded, each once."""
    return list(
        dict.fromkeys(
            op.operands[0]
            for loop in loops
            for op in loop.body.only_block.operations
            if op.name == "affine.vector_load" and _is_of_row(op, rows, loop)
        )
    )


def _ask(loop: Operation, rows: Operation, buffer: Value, machine: Machine) -> None:
    block = loop.body.only_block
    row, column, step = induction_variable(rows), induction_variable(loop), rows.attributes["step"]
    vector = next(op for op in block.operations if op.name.startswith("affine.vector_"))
    type, memory = (vector.results or vector.operands)[0].type, buffer.type
    assert isinstance(type, VectorType) and isinstance(memory, MemRefType)
    size = max(1, getattr(memory.element, "width", 64) // 8)
    for first in range(0, type.shape[0], max(1, machine.line // size)):
        place = [(1, 0, step), (0, 1, first)]
        ask = new_prefetch(buffer, [row, column], place)
        block.insert(len(block.operations) - 1, ask)
