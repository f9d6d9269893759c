"""Accumulators in registers: what a loop loads and stores in every iteration, in a variable."""

from __future__ import annotations

from typing import Any

from tern.analysis.nests import induction_variable
from tern.ir import Block, Operation, Value
from tern.ir.dialects.affine import (
    LOADS,
    STORES,
    access,
    new_load,
    new_store,
    new_vector_load,
    new_vector_store,
)
from tern.passes.scalar_replacement import Element, may_meet
from tern.types import MemRefType, VectorType


def keep_in_registers(root: Operation) -> int:
    """Let each innermost loop inside `root` keep what it adds to in variables, in place.

    An element, or a vector of them, that a loop stores to in every iteration, and that nothing else
    in the loop touches, is loaded before the loop and stored after it; between, it is a memref of
    rank 0, which a compiler puts into a register. Buffers that are different values are taken not
    to overlap. Gives the number of variables. O(accesses squared).
    """
    count = 0
    for loop in [op for op in root.walk() if op.name == "affine.for"]:
        body = loop.body.only_block.operations[:-1]
        if any(op.regions for op in body):
            continue
        touches = [op for op in body if op.name in LOADS | STORES]
        if any(op.name.startswith("memref.") or op.name == "func.call" for op in body):
            continue
        groups: dict[Element, list[Operation]] = {}
        for op in touches:
            groups.setdefault(_element(op), []).append(op)
        for element, ops in groups.items():
            if _can_stay(loop, element, ops, list(groups)):
                _keep(loop, ops)
                count += 1
    return count


def _element(op: Operation) -> Element:
    buffer, operands, rows = access(op)
    return buffer, tuple(operands), rows


def _type(op: Operation) -> Any:
    return (op.results or op.operands)[0].type


def _can_stay(
    loop: Operation, element: Element, ops: list[Operation], others: list[Element]
) -> bool:
    buffer, operands, rows = element
    if not rows or induction_variable(loop) in operands:
        return False
    if not any(op.name in STORES for op in ops) or len({_type(op) for op in ops}) != 1:
        return False
    outer = rows[:-1]
    for other in others:
        if other == element or other[0] is not buffer:
            continue
        # vectors may overlap along the last axis, so that another one must tell them apart
        if may_meet((buffer, operands, outer), (buffer, other[1], other[2][:-1])):
            return False
    return True


def _keep(loop: Operation, ops: list[Operation]) -> None:
    type, block = _type(ops[0]), loop.parent
    _, operands, rows = access(ops[0])
    buffer = access(ops[0])[0]
    before, after = Block(), Block()
    slot = before.append(Operation("memref.alloca", (), [MemRefType((), type)]))
    if isinstance(type, VectorType):
        first = new_vector_load(type, buffer, operands, rows)
    else:
        first = new_load(buffer, operands, rows)
    before.append(first)
    before.append(new_store(first.result, slot.result, [], []))
    last = after.append(new_load(slot.result, [], []))
    if isinstance(type, VectorType):
        after.append(new_vector_store(last.result, buffer, operands, rows))
    else:
        after.append(new_store(last.result, buffer, operands, rows))
    for op in ops:
        _to_variable(op, slot.result)
    here = block.operations.index(loop)
    block.insert_all(here + 1, after.operations)
    block.insert_all(here, before.operations)


def _to_variable(op: Operation, slot: Value) -> None:
    stores = op.name in STORES
    op.name = "affine.store" if stores else "affine.load"
    op.operands = [op.operands[0], slot] if stores else [slot]
    op.attributes = {"map": ()}
