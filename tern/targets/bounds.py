"""Checking, before loops run without any check, that no subscript leaves its buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir import EvaluationError, Operation, OpResult, Value, evaluator
from tern.ir.dialects.affine import Row, access, is_induction_variable, lower_bound, upper_bound
from tern.types import MemRefType

Interval = tuple[int, int]


def check_bounds(func: Operation, args: Sequence[Any]) -> None:
    """EvaluationError if an affine access may fall outside of its buffer.

    Every counter is taken to its least and its greatest value, which is exact for the nests
    that tern makes: bounds of a counter, or of a size, with a `min`. O(accesses x loops).
    """
    sizes = _Sizes(dict(zip(func.body.blocks[0].args, args)))
    for op in func.walk():
        if op.name in ("affine.load", "affine.store"):
            sizes.check(op)


class _Sizes:
    """What the values outside of loops are, and the counters range over."""

    def __init__(self, values: dict[Value, Any]) -> None:
        self.values = values
        self.ranges: dict[Value, Interval] = {}

    def check(self, op: Operation) -> None:
        if self.never_runs(op):
            return
        buffer, operands, rows = access(op)
        shape = self.shape(buffer)
        for axis, (row, size) in enumerate(zip(rows, shape)):
            low, high = self.interval(row, operands)
            if low < 0 or high >= size:
                raise EvaluationError(
                    f"{op.name} goes from {low} to {high} along axis {axis} of a buffer of shape "
                    f"{shape}: do the arguments' shapes fit together?"
                )

    def never_runs(self, op: Operation) -> bool:
        """Whether a loop around the access has no rounds. Not the innermost one if its counter
        is no subscript: the load may stand before it."""
        inner = op.parent.parent.parent
        if inner.name == "affine.for" and inner.body.blocks[0].args[0] not in op.operands:
            op = inner
        while op.parent.parent.parent.name == "affine.for":
            op = op.parent.parent.parent
            low, high = self.range(op.body.blocks[0].args[0])
            if low > high:
                return True
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

    def interval(self, row: Row, operands: Sequence[Value]) -> Interval:
        low = high = row[-1]
        for coefficient, value in zip(row, operands):
            ends = [coefficient * end for end in self.range(value)]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def range(self, value: Value) -> Interval:
        if not is_induction_variable(value):
            return (self.value(value),) * 2
        if value not in self.ranges:
            loop = value.block.parent.parent
            operands, rows = lower_bound(loop)
            low = max(self.interval(row, operands)[0] for row in rows)
            operands, rows = upper_bound(loop)
            high = min(self.interval(row, operands)[1] for row in rows)
            self.ranges[value] = low, high - 1
        return self.ranges[value]
