"""Checking, before loops run without any check, that no subscript leaves its buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.analysis.nests import induction_variable, loop_invariant_loads, residue
from tern.ir import EvaluationError, Operation, OpResult, Value, evaluator
from tern.ir.dialects.affine import (
    LOADS,
    LOOPS,
    STORES,
    Map,
    Row,
    access,
    is_induction_variable,
    lower_bound,
    upper_bound,
)
from tern.ir.machine import check_names
from tern.types import MemRefType

Interval = tuple[int, int]


def check_bounds(func: Operation, args: Sequence[Any]) -> None:
    """EvaluationError if an affine access may fall outside of its buffer, or if two sizes of the
    same name are not equal.

    Every induction variable is taken to its bounds, from the inside out, which is exact for the
    nests that tern makes: tiles of rectangles, and triangles without empty rows. (In an empty row a
    load that was hoisted out of the loop is done all the same.) O(accesses x bounds to the power of
    loops).
    """
    try:
        check_names(
            [arg.type for arg in func.body.blocks[0].args],
            [getattr(arg, "shape", ()) for arg in args],
        )
    except ValueError as error:
        raise EvaluationError(str(error)) from None
    sizes = _Sizes(dict(zip(func.body.blocks[0].args, args)))
    for op in func.walk():
        if op.name in LOADS | STORES:
            sizes.check(op)


def buffer_shapes(
    func: Operation, args: Sequence[Any], buffers: Sequence[Value]
) -> list[tuple[int, ...]]:
    """The shapes of buffers that a function allocates, when it is called with these arguments.

    EvaluationError if a size is negative, or comes from what the function has yet to compute.
    """
    sizes = _Sizes(dict(zip(func.body.blocks[0].args, args)))
    shapes = [sizes.shape(buffer) for buffer in buffers]
    for shape in shapes:
        if any(size < 0 for size in shape):
            raise EvaluationError(f"a buffer cannot have the sizes {shape}")
    return shapes


class _Sizes:
    """What the values outside of loops are, and the induction variables range over."""

    def __init__(self, values: dict[Value, Any]) -> None:
        self.values = values

    def check(self, op: Operation) -> None:
        if self.never_runs(op):
            return
        buffer, operands, rows = access(op)
        shape = self.shape(buffer)
        for axis, (row, size) in enumerate(zip(rows, shape)):
            low, high = self.interval(row, operands)
            if op.name.startswith("affine.vector_") and axis == len(shape) - 1:
                vector: Any = (op.results or op.operands)[0].type
                high += vector.shape[0] - 1
            if low < 0 or high >= size:
                raise EvaluationError(
                    f"{op.name} goes from {low} to {high} along axis {axis} of a buffer of shape "
                    f"{shape}: do the arguments' shapes fit together?"
                )

    def never_runs(self, op: Operation) -> bool:
        """Whether a loop around the access has no iterations. The innermost one does not count if
        the load stands before it."""
        loop = op.parent_op
        if loop.name in LOOPS and op in loop_invariant_loads(loop):
            loop = loop.parent_op
        while loop.name in LOOPS:
            low, high = self.range(induction_variable(loop))
            if low > high:
                return True
            loop = loop.parent_op
        return False

    def shape(self, buffer: Value) -> tuple[int, ...]:
        if buffer in self.values:
            return self.values[buffer].shape
        sizes = iter([self.value(size) for size in buffer.op.operands])
        return tuple(s if isinstance(s, int) else next(sizes) for s in buffer.type.shape)

    def value(self, value: Value) -> int:
        """An index value outside of all loops."""
        if value not in self.values:
            op = value.op if isinstance(value, OpResult) else None
            if op is None:
                raise EvaluationError("a subscript uses a value that is not known")
            if op.name == "memref.dim":
                found = self.shape(op.operands[0])[self.value(op.operands[1])]
            elif any(isinstance(operand.type, MemRefType) for operand in op.operands):
                raise EvaluationError(f"a size comes from {op.name}, which is not known yet")
            else:
                found = evaluator(op)(*[self.value(operand) for operand in op.operands])
            self.values[value] = found
        return self.values[value]

    def residue_of(self, value: Value, length: int) -> int:
        return self.value(value) % length

    def interval(self, row: Row, operands: Sequence[Value]) -> Interval:
        """The minimum and the maximum of an affine expression in the loops around it."""
        terms = dict(zip(operands, row))
        return -self.maximum({v: -c for v, c in terms.items()}, -row[-1]), self.maximum(
            terms, row[-1]
        )

    def range(self, value: Value) -> Interval:
        return self.interval((1, 0), [value])

    def maximum(self, terms: dict[Value, int], constant: int) -> int:
        """The maximum of a sum, of which the inner loops are taken to their bounds first:
        these may have outer induction variables in them. Of several bounds the best one counts."""
        terms = {v: c for v, c in terms.items() if c}
        variables = [value for value in terms if is_induction_variable(value)]
        if not variables:
            return constant + sum(c * self.value(v) for v, c in terms.items())
        inner = max(variables, key=_depth)
        factor = terms.pop(inner)
        loop = inner.block.parent_op
        ends = self.last(loop) if factor > 0 else [_sum(*row) for row in _rows(lower_bound(loop))]
        found = []
        for end in ends:
            total = {v: terms.get(v, 0) + factor * end.get(v, 0) for v in {*terms, *end} - {None}}
            found.append(self.maximum(total, constant + factor * end[None]))
        return min(found)

    def last(self, loop: Operation) -> list[dict[Value | None, int]]:
        """Sums that the induction variable of a loop does not exceed. Where it is known what lies
        between the bounds besides a whole number of steps, that does not count."""
        starts = [_sum(*row) for row in _rows(lower_bound(loop))]
        ends, step = [_sum(*row) for row in _rows(upper_bound(loop))], loop.attributes["step"]
        found = []
        for end in ends:
            end[None] -= 1
            if len(starts) == 1:
                way = {v: end.get(v, 0) - starts[0].get(v, 0) for v in {*end, *starts[0]}}
                constant = way.pop(None)
                row = (*way.values(), constant)
                end[None] -= residue(row, list(way), step, self.residue_of) or 0
            found.append(end)
        return found


def _rows(bound: tuple[list[Value], Map]) -> list[tuple[list[Value], Row]]:
    return [(bound[0], row) for row in bound[1]]


def _sum(operands: Sequence[Value], row: Row) -> dict[Value | None, int]:
    """The coefficient of each value, and under None the constant."""
    return {**dict(zip(operands, row)), None: row[-1]}


def _depth(variable: Value) -> int:
    """How many loops are around a loop."""
    loop, depth = variable.block.parent_op, 0
    while loop.parent_op.name in LOOPS:
        loop, depth = loop.parent_op, depth + 1
    return depth
