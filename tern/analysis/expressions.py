"""Which expressions have been computed on every path, and which will be."""

from __future__ import annotations

from collections.abc import Hashable

from tern.analysis.dataflow import GenKill
from tern.ir import Block, Operation, Value, is_pure


def available_expressions(func: Operation) -> tuple[GenKill, list[Operation]]:
    """Available expressions as a problem on sets; for each number, an operation that computes it.

    Forward, on every path: an expression is available where all paths have computed it, and no
    operand has been defined anew since, as it is each time around a loop. O(blocks × expressions).
    """
    numbers, first, using = _numbered(func)
    blocks = func.body.blocks
    gen = [sum({1 << numbers[_key(op)] for op in _computing(block)}) for block in blocks]
    kill = [_killed(block, using) for block in blocks]
    return GenKill(gen, kill, (1 << len(first)) - 1, backward=False, must=True), first


def anticipated_expressions(func: Operation) -> tuple[GenKill, list[Operation]]:
    """Anticipated (very busy) expressions as a problem on sets, and an operation for each number.

    Backward, on every path: an expression is anticipated where all paths compute it before one of
    its operands is defined anew. Computing it there costs no path anything. O(blocks × expressions)
    """
    numbers, first, using = _numbered(func)
    blocks = func.body.blocks
    kill = [_killed(block, using) for block in blocks]
    gen = [
        sum({1 << numbers[_key(op)] for op in _computing(block)}) & ~killed
        for block, killed in zip(blocks, kill)
    ]
    return GenKill(gen, kill, (1 << len(first)) - 1, backward=True, must=True), first


def _key(op: Operation) -> Hashable:
    return op.name, tuple(op.operands), repr(op.attributes), op.result.type


def _computing(block: Block) -> list[Operation]:
    """The operations that have operands and do nothing but compute one result from them."""
    return [op for op in block.operations if is_pure(op) and op.operands and not op.regions]


def _numbered(
    func: Operation,
) -> tuple[dict[Hashable, int], list[Operation], dict[Value, int]]:
    """Each expression's number, one operation of each, and the expressions that use a value."""
    numbers: dict[Hashable, int] = {}
    first: list[Operation] = []
    using: dict[Value, int] = {}
    for block in func.body.blocks:
        for op in _computing(block):
            if _key(op) in numbers:
                continue
            numbers[_key(op)] = len(first)
            for value in op.operands:
                using[value] = using.get(value, 0) | 1 << len(first)
            first.append(op)
    return numbers, first, using


def _killed(block: Block, using: dict[Value, int]) -> int:
    """The expressions that use what the block defines."""
    killed = 0
    for value in [*block.args, *(result for op in block.operations for result in op.results)]:
        killed |= using.get(value, 0)
    return killed
