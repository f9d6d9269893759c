"""Loops of one iteration, or of none, which are no loops."""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.nests import induction_variable
from tern.ir import Operation, Value
from tern.ir.dialects.affine import (
    LOADS,
    LOOPS,
    STORES,
    Map,
    Row,
    access,
    lower_bound,
    merged,
    new_for,
    upper_bound,
)


def inline_short_loops(root: Operation) -> int:
    """Put the body of each loop inside `root` that runs exactly once in the place of the loop, and
    nothing in the place of one that never runs.

    The variable is its lower bound then, wherever a bound or a subscript has it. Where an operation
    uses the variable as a number, the loop stays. Gives the number of loops that went. O(n) each.
    """
    count = 0
    for loop in [op for op in root.walk() if op.name == "affine.for" and op is not root]:
        runs = _iterations(loop)
        if runs not in (0, 1) or runs == 1 and _is_a_number(loop):
            continue
        if runs == 1:
            _substitute(loop, induction_variable(loop), *lower_bound(loop))
        block = loop.parent
        here = block.operations.index(loop)
        body = loop.body.only_block.operations[:-1] if runs == 1 else []
        block.operations[here : here + 1] = body
        for op in body:
            op.parent = block
        count += 1
    return count


def _iterations(loop: Operation) -> int | None:
    """How many iterations a loop has; None if that is not known."""
    below, starts = lower_bound(loop)
    operands, ends = upper_bound(loop)
    if len(starts) != 1 or len(ends) != 1:
        return None
    way = {**dict(zip(operands, ends[0]))}
    for value, coefficient in zip(below, starts[0]):
        way[value] = way.get(value, 0) - coefficient
    distance = ends[0][-1] - starts[0][-1]
    return None if any(way.values()) else max(0, -(-distance // loop.attributes["step"]))


def _is_a_number(loop: Operation) -> bool:
    variable = induction_variable(loop)
    return any(
        variable in op.operands and op.name not in LOADS | STORES | LOOPS for op in loop.walk()
    )


def _substitute(root: Operation, variable: Value, operands: Sequence[Value], rows: Map) -> None:
    """Write an affine expression for a variable in the bounds and subscripts inside `root`."""
    for op in root.walk():
        if op is root or variable not in op.operands:
            continue
        if op.name in LOOPS:
            lower, upper = [
                _replaced(values, old, variable, operands, rows[0])
                for values, old in (lower_bound(op), upper_bound(op))
            ]
            header = new_for(lower, upper, op.attributes["step"])
            op.operands, op.attributes = header.operands, header.attributes
        else:
            _, values, old = access(op)
            values, new = merged(*_replaced(values, old, variable, operands, rows[0]))
            first = 1 + (op.name in STORES)
            op.operands = [*op.operands[:first], *values]
            op.attributes = {**op.attributes, "map": new}


def _replaced(
    values: Sequence[Value], rows: Map, variable: Value, operands: Sequence[Value], by: Row
) -> tuple[list[Value], list[Row]]:
    if variable not in values:
        return list(values), list(rows)
    column = values.index(variable)
    kept = [value for value in values if value is not variable]
    new = []
    for row in rows:
        factor = row[column]
        rest = [c for number, c in enumerate(row[:-1]) if number != column]
        new.append((*rest, *[factor * c for c in by[:-1]], row[-1] + factor * by[-1]))
    return [*kept, *operands], new
