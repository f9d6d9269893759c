"""Contraction: a buffer of which each iteration of a loop uses its own row needs one row.

Source: G. Gao, R. Olsen, V. Sarkar, and R. Thekkath, "Collective Loop Fusion for Array
Contraction", LCPC 1992.
"""

from __future__ import annotations

from tern.analysis.nests import induction_variable, outermost
from tern.ir import Operation, Value, uses
from tern.ir.dialects.affine import LOOPS, access, merged
from tern.types import MemRefType


def contract(func: Operation) -> int:
    """Drop the first axis of the function's own buffers that need only one place of it, in place.

    That is so where every access is in one outermost loop, and its first subscript is the loop's
    variable. What is left is a row, which stays in the cache, or a number, which stays in a
    register. The next iteration writes over it. Those of a parallel loop must not: there the buffer
    is allocated in the loop, and each iteration has its own. Gives the number of buffers that
    shrank. O(n).
    """
    users = uses(func)
    count = 0
    for op in list(func.walk()):
        if op.name != "memref.alloc" or not op.result.type.shape:
            continue
        found = users.get(op.result, [])
        if not found or not all(each.name in ("affine.load", "affine.store") for each in found):
            continue
        loops = {outermost(each) for each in found}
        if len(loops) != 1 or (loop := loops.pop()).name not in LOOPS:
            continue
        if op.result in [each.operands[0] for each in found if each.name == "affine.store"]:
            continue
        if all(_is_own_row(each, induction_variable(loop)) for each in found):
            _shrink(op, found)
            if loop.name == "affine.parallel":
                op.parent.operations.remove(op)
                loop.body.only_block.insert(0, op)
            count += 1
    return count


def _is_own_row(op: Operation, variable: Value) -> bool:
    """Whether the first subscript of an access is the variable, and no other has it."""
    _, operands, rows = access(op)
    first = {value: c for value, c in zip(operands, rows[0]) if c}
    column = operands.index(variable) if variable in operands else None
    others = column is not None and any(row[column] for row in rows[1:])
    return first == {variable: 1} and rows[0][-1] == 0 and not others


def _shrink(op: Operation, found: list[Operation]) -> None:
    size, *others = op.result.type.shape
    op.result.type = MemRefType(tuple(others), op.result.type.element)
    if not isinstance(size, int):
        op.operands = op.operands[1:]
    for each in found:
        _, operands, rows = access(each)
        operands, kept = merged(operands, rows[1:])
        first = 1 + (each.name == "affine.store")
        each.operands = [*each.operands[:first], *operands]
        each.attributes = {**each.attributes, "map": kept}
