"""Divisions of a whole row by one number: one division, and then products."""

from __future__ import annotations

from tern.analysis.nests import induction_variable
from tern.ir import Operation, Value
from tern.ir.dialects.affine import access
from tern.passes.fast_math import permits


def multiply_by_reciprocals(loop: Operation) -> int:
    """In an innermost loop, multiply by 1 / y instead of dividing by a y that stays the same.

    This is in place. Each such division must have the flag `arcp`: a quotient is rounded once,
    this twice. 1 / y is computed in the loop, as what stays the same is: a compiler takes it out.
    Gives the number of divisions. O(n).
    """
    body = loop.body.only_block
    varying: set[Value] = {induction_variable(loop)}
    made: list[Operation] = []
    count = 0
    for op in body.operations:
        loads_one = op.name == "affine.load" and induction_variable(loop) not in access(op)[1]
        if not loads_one and (op.name == "affine.load" or varying & set(op.operands)):
            varying.update(op.results)
        numerator, divisor = op.operands if op.name == "arith.divf" else (None, None)
        if divisor is not None and numerator in varying and divisor not in varying:
            if permits(op, "arcp"):
                type = op.result.type
                one = Operation("arith.constant", (), [type], {"value": 1.0}, location=op.location)
                inverse = Operation("arith.divf", [one.result, divisor], [type])
                made += [one, inverse]
                op.name, op.operands = "arith.mulf", [numerator, inverse.result]
                count += 1
        made.append(op)
    body.operations = made
    for op in made:
        op.parent = body
    return count
