"""Sizes that are constants, written where they are used: in bounds, and in types of buffers."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation, Value, known_integer
from tern.ir.dialects.affine import LOOPS, Map, Row, lower_bound, new_for, upper_bound
from tern.types import MemRefType


def fold_sizes(root: Operation) -> int:
    """Write constants for the values in bounds and allocations that are constant, in place.

    So two loops over 0 to 8 are alike, one of which went to a value that is 8. Gives the number of
    operations that changed. O(n).
    """
    count = 0
    for op in root.walk():
        if not any(known_integer(value) is not None for value in op.operands):
            continue
        if op.name in LOOPS:
            lower, upper = _folded(*lower_bound(op)), _folded(*upper_bound(op))
            header = new_for(lower, upper, op.attributes["step"])
            op.operands, op.attributes = header.operands, header.attributes
            count += 1
        elif op.name == "memref.alloc":
            _fold_allocation(op)
            count += 1
    return count


def _folded(operands: Sequence[Value], rows: Map) -> tuple[list[Value], list[Row]]:
    known = [known_integer(value) for value in operands]
    kept = [number for number, constant in enumerate(known) if constant is None]
    folded = []
    for row in rows:
        more = sum(c * n for c, n in zip(row, known) if n is not None)
        folded.append((*[row[number] for number in kept], row[-1] + more))
    return [operands[number] for number in kept], folded


def _fold_allocation(op: Operation) -> None:
    sizes, operands = [], iter(op.operands)
    kept = []
    for size in op.result.type.shape:
        if not isinstance(size, int):
            value = next(operands)
            constant = known_integer(value)
            if constant is not None and constant >= 0:
                size = constant
            else:
                kept.append(value)
        sizes.append(size)
    op.operands = kept
    op.result.type = MemRefType(tuple(sizes), op.result.type.element)
