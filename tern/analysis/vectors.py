"""Whether a loop can run several iterations at once, each in a lane of a vector.

A vector loop runs the first operation of its body for all lanes, then the second, and so on. So
what comes earlier in the text comes earlier for every lane, and only a dependence that goes
against the text is in danger. Source: R. Allen and K. Kennedy, "Automatic Translation of FORTRAN
Programs to Vector Form", TOPLAS 9(4), 1987.
"""

from __future__ import annotations

from tern.analysis.dependence import EXACT, Dependence, dependences, reductions
from tern.analysis.nests import NestError, induction_variable
from tern.ir import DEFINITIONS, Operation, Value, may_fail
from tern.ir.dialects.affine import access
from tern.parts import part
from tern.types import FloatType, IntegerType


def access_obstacle(op: Operation, loop: Operation) -> str:
    """Why an affine access cannot be one of a vector; empty where nothing is in the way."""
    if op.name not in ("affine.load", "affine.store"):
        return ""
    _, operands, rows = access(op)
    if induction_variable(loop) not in operands:
        return "" if op.name == "affine.load" else "every iteration stores to the same element"
    column = operands.index(induction_variable(loop))
    if [row[column] for row in rows] != [0] * (len(rows) - 1) + [1]:
        return f"{op.name} does not go from an element to the next: that takes a gather"
    return ""


def is_broken(dependence: Dependence, order: dict[Operation, int], lanes: int) -> bool:
    """Whether two iterations of one vector would meet in the wrong order."""
    (distance,) = dependence.vector
    against = order[dependence.source] >= order[dependence.target]
    return against and not (isinstance(distance, int) and distance >= lanes)


@part("analysis.vector_obstacle", helpers=(access_obstacle, is_broken))
def vector_obstacle(loop: Operation, lanes: int) -> str:
    """Why a loop cannot run `lanes` iterations at once; empty if it can.

    The loop must be innermost and go by 1. It loads and stores elements side by side, or loads the
    same one every time; what it computes cannot fail. A dependence whose target stands before its
    source must reach over `lanes` iterations or more. The one exception is a reduction,
    `x = x + …`, if its result does not depend on the order: of integers, of max and min, and of
    floats with the flag `reassoc`. Whether the iterations are whole vectors is another question.
    O(accesses squared).
    """
    if loop.name != "affine.for":
        return f"{loop.name} is not a loop"
    if loop.attributes["step"] != 1:
        return f"the loop goes by steps of {loop.attributes['step']}"
    body = loop.body.only_block.operations[:-1]
    sums = accumulations(loop)
    for op in body:
        if why := operation_obstacle(op, loop):
            return why
        if op not in sums and (why := access_obstacle(op, loop)):
            return why
    try:
        found = dependences(loop)
    except NestError as error:
        return str(error)
    order = {op: number for number, op in enumerate(body)}
    for each in found:
        if each.source in sums and each.reduction:
            if not is_free(sums[each.source]):
                combine = sums[each.source].name
                return f"{combine} adds up in order: without reassoc it must not change"
        elif is_broken(each, order, lanes):
            return f"the {each} goes against the order of the body, within {lanes} iterations"
    return ""


def accumulations(loop: Operation) -> dict[Operation, Operation]:
    """The loads and stores of each `x = x + …` of a loop in which x stays the same element, with
    the + that is between them."""
    variable = induction_variable(loop)
    return {op: by for op, by in reductions(loop).items() if variable not in access(op)[1]}


def is_free(combine: Operation) -> bool:
    """Whether the results of a reduction may be combined in any order."""
    return combine.name in EXACT or "reassoc" in combine.attributes.get("fastmath", ())


def operation_obstacle(op: Operation, loop: Operation) -> str:
    """Why an operation has no form for vectors, whatever is around it; empty if it has one."""
    if op.regions:
        return "the loop is not innermost"
    if op.name in ("affine.load", "affine.store"):
        value = op.operands[0] if op.name == "affine.store" else op.results[0]
        return _type_obstacle(op, value)
    definition = DEFINITIONS.get(op.name)
    if definition is None or definition.evaluation is None or definition.evaluation.array is None:
        return f"{op.name} has no form for vectors"
    if induction_variable(loop) in op.operands:
        return f"{op.name} uses the induction variable as a number"
    if may_fail(op):
        return f"{op.name} may fail, and a vector does not say in which lane"
    return _type_obstacle(op, *op.results)


def _type_obstacle(op: Operation, *values: Value) -> str:
    for value in values:
        if not isinstance(value.type, (FloatType, IntegerType)):
            return f"{op.name} is of type {value.type}, of which there are no vectors"
    return ""
