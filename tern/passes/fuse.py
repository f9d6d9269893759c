"""Fusion: one nest in place of two, so that what the first computes need not wait in memory."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tern.analysis.dependence import Vector, distance, may_go_back, vector_text
from tern.analysis.nests import NestError, accesses, band, induction_variable
from tern.ir import Block, Operation, Value, is_pure, replace_uses
from tern.ir.dialects.affine import access
from tern.passes.scalar_replacement import blocks, scalar_replacement


def fuse(first: Operation, second: Operation, depth: int | None = None) -> Operation:
    """Move the body of the nest `first` into that of `second`, in place; gives `second`.

    The outer `depth` loops become common, by default all of the two bands, which must be
    equally deep. Legal when these have the same bounds, and no iteration of `second` then
    comes before one of `first` that it had to wait for (K. Kennedy and K. McKinley, "Maximizing
    Loop Parallelism and Improving Data Locality via Loop Fusion and Distribution", LCPC 1993).
    Between the nests only what does not depend on `first` may stand: `first` moves past it.

    Raises:
        NestError: the nests cannot be fused; the line names the reason.
    """
    loops = _common_loops(first, second, depth)
    _check_between(first, second)
    _check_dependences(first, second, loops)
    last, target = (pair.body.blocks[0] for pair in loops[-1])
    renamed: dict[Value, Value] = {induction_variable(a): induction_variable(b) for a, b in loops}
    moved = last.operations[:-1]
    for index, op in enumerate(moved):
        target.insert(index, op)
    for op in moved:
        replace_uses(op, renamed)
    first.parent.operations.remove(first)
    return second


def _common_loops(
    first: Operation, second: Operation, depth: int | None
) -> list[tuple[Operation, Operation]]:
    left, right = band(first), band(second)
    if depth is None and len(left) != len(right):
        raise NestError(f"nests of {len(left)} and {len(right)} loops: say how many to fuse")
    depth = len(left) if depth is None else depth
    if not 1 <= depth <= min(len(left), len(right)):
        raise NestError(f"nests of {len(left)} and {len(right)} loops have not {depth} in common")
    pairs = list(zip(left, right))[:depth]
    renamed: dict[Value, Value] = {}
    for number, (a, b) in enumerate(pairs):
        here = [renamed.get(value, value) for value in a.operands]
        if here != b.operands or a.attributes != b.attributes:
            raise NestError(f"the bounds of loop {number} differ")
        renamed[induction_variable(a)] = induction_variable(b)
    return pairs


def _check_between(first: Operation, second: Operation) -> None:
    """NestError unless `first` may move down to `second`."""
    block = first.parent
    if block is None or second.parent is not block:
        raise NestError("the nests are not in the same block")
    start, end = block.operations.index(first), block.operations.index(second)
    if start >= end:
        raise NestError("the first nest must stand before the second")
    for op in block.operations[start + 1 : end]:
        if not (is_pure(op) or op.name == "memref.alloc" or _independent(first, op)):
            raise NestError(f"{op.name} stands between the nests and depends on the first")


def _independent(nest: Operation, op: Operation) -> bool:
    """Whether two operations touch no buffer in common, or only read it."""
    try:
        ours, others = accesses(nest), accesses(op)
    except NestError:
        return False
    stored = [{access(a)[0] for a in ops if a.name == "affine.store"} for ops in (ours, others)]
    touched = [{access(a)[0] for a in ops} for ops in (ours, others)]
    return not (stored[0] & touched[1] or stored[1] & touched[0])


def _check_dependences(
    first: Operation, second: Operation, loops: Sequence[tuple[Operation, Operation]]
) -> None:
    here, there = ([induction_variable(pair[side]) for pair in loops] for side in (0, 1))
    inside = {
        induction_variable(op)
        for nest in (first, second)
        for op in nest.walk()
        if op.name == "affine.for"
    }
    for a in accesses(first):
        for b in accesses(second):
            if "affine.store" in (a.name, b.name):
                vector = distance(a, b, here, there, inside)
                if vector is not None and _may_go_back(vector):
                    raise NestError(f"fusion turns the dependence {vector_text(vector)} around")


def _may_go_back(vector: Vector) -> bool:
    """Whether the first entry that is not 0 is negative, or may be."""
    first = next((entry for entry in vector if entry != 0), 0)
    return may_go_back(first)


def fuse_all(root: Operation) -> int:
    """Fuse every two nests of one block that can be fused whole, in place; then keep in values
    what need not go through memory any more (`scalar_replacement`).

    Gives the number of fusions. O(nests squared) attempts.
    """
    count = sum(fuse_block(block) for block in blocks(root))
    scalar_replacement(root)
    return count


def fuse_block(block: Block, depth: int | None = None) -> int:
    """Fuse every two nests of a block that can be fused, in place: whole, or their outermost
    `depth` loops. From the top, each moves down into the first later one that takes it. Gives the
    number of fusions."""
    count = 0
    while _fuse_two(block, depth):
        count += 1
    return count


def _fuse_two(block: Block, depth: int | None) -> bool:
    loops = [op for op in block.operations if op.name == "affine.for"]
    for first, second in itertools.combinations(loops, 2):
        try:
            fuse(first, second, depth)
        except NestError:
            continue
        return True
    return False
