"""Bounds of loops without what never decides: the `min` of a tile that always fits."""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.nests import interval
from tern.ir import Operation, Value
from tern.ir.dialects.affine import LOOPS, Map, Row, lower_bound, new_for, upper_bound


def simplify_bounds(root: Operation) -> int:
    """Drop rows of upper bounds inside `root` that are never less than another, in place.

    By the ranges of the variables around the loop. Gives the number of rows that went.
    O(rows squared) for each loop.
    """
    count = 0
    for loop in [op for op in root.walk() if op.name in LOOPS]:
        operands, rows = upper_bound(loop)
        kept = _deciding(operands, rows)
        if len(kept) < len(rows):
            count += len(rows) - len(kept)
            header = new_for(lower_bound(loop), (operands, kept), loop.attributes["step"])
            loop.operands, loop.attributes = header.operands, header.attributes
    return count


def _deciding(operands: Sequence[Value], rows: Map) -> list[Row]:
    kept = list(rows)
    for row in rows:
        others = [other for other in kept if other is not row]
        if any(_never_less(row, other, operands) for other in others):
            kept.remove(row)
    return kept


def _never_less(row: Row, other: Row, operands: Sequence[Value]) -> bool:
    low, _ = interval(tuple(a - b for a, b in zip(row, other)), operands)
    return low >= 0
