"""Loops that nobody would miss: without effects, without results, and sure to end."""

from __future__ import annotations

from tern.analysis.loops import Loop, dominators, natural_loops
from tern.ir import (
    Block,
    Operation,
    OpResult,
    Value,
    defining_block,
    is_speculatable,
    known_integer,
    uses,
)
from tern.ir.core import Successor
from tern.numbers import integer_range


def bypass_dead_loops(func: Operation) -> int:
    """Lead the paths into each dead loop to where it would have ended, in place.

    The blocks of such a loop are not reached any more then. A loop is dead if its operations are
    all speculatable, no value of it is used outside, it leaves to one block only, with the same
    values wherever it does, and it ends. O(operations). Gives the number of loops.
    """
    users, blocks = uses(func), func.body.blocks
    dominator = {
        block: blocks[above] for block, above in zip(blocks, dominators(func)) if above is not None
    }
    bypassed: dict[Block, tuple[Loop, Successor]] = {}
    for loop in natural_loops(func):
        leaves_to = _only_exit(loop)
        if leaves_to is None or not _only_computes(loop) or not always_ends(loop, dominator):
            continue
        used_by = [user.parent for value in _values(loop) for user in users.get(value, ())]
        if all(block in loop.blocks for block in used_by):
            bypassed[loop.header] = loop, leaves_to

    def leads_out(header: Block) -> bool:
        """Whether one ends outside of dead loops; the exits of two may lead to each other."""
        seen: set[Block] = set()
        while header in bypassed and header not in seen:
            seen.add(header)
            header = bypassed[header][1][0]
        return header not in seen

    bypassed = {header: found for header, found in bypassed.items() if leads_out(header)}

    def destination(block: Block, successor: Successor) -> Successor:
        """Where an edge leads now: past one dead loop, or several, one after another."""
        while successor[0] in bypassed and block not in bypassed[successor[0]][0].blocks:
            successor = bypassed[successor[0]][1]
        return successor

    if bypassed:
        for block in func.body.blocks:
            last = block.terminator
            last.successors = [destination(block, successor) for successor in last.successors]
    return len(bypassed)


def _only_exit(loop: Loop) -> Successor | None:
    """Where a loop leaves to, with which values, if that is the same for all its exits."""
    exits = [
        (to, values)
        for block in loop.blocks
        for to, values in block.terminator.successors
        if to not in loop.blocks
    ]
    if not exits or any(to is not exits[0][0] or values != exits[0][1] for to, values in exits):
        return None
    to, values = exits[0]
    if any(defining_block(value) in loop.blocks for value in values):
        return None
    return to, values


def _only_computes(loop: Loop) -> bool:
    return all(
        is_speculatable(op) or op.name in ("cf.br", "cf.cond_br")
        for block in loop.blocks
        for op in block.operations
    )


def _values(loop: Loop) -> list[Value]:
    values: list[Value] = [arg for block in loop.blocks for arg in block.args]
    return values + [v for block in loop.blocks for op in block.operations for v in op.results]


# does it end? -----------------------------------------------------------------------------------


def always_ends(loop: Loop, dominator: dict[Block, Block]) -> bool:
    """Whether a loop is sure to end: it counts, and every iteration tests the count.

    Some block that every iteration runs leaves the loop unless `i < n`, or a comparison like it,
    holds; n is loop-invariant; and i, an argument of the header, grows or shrinks by a constant in
    each iteration. Where i could step over n and wrap around, n has to be a constant that rules it
    out. `dominator` has each block's immediate dominator: those of the latch, up to the header, are
    the blocks that every iteration runs.
    """
    if _has_inner_cycle(loop) or len(loop.latches) != 1:
        return False
    block = loop.latches[0]
    while not _tests(loop, block):
        if block is loop.header:
            return False
        block = dominator[block]
    return True


def _has_inner_cycle(loop: Loop) -> bool:
    """Whether there is a way around without the header; blocks are in reverse postorder."""
    rank = {block: i for i, block in enumerate(loop.blocks)}
    return any(
        to is not loop.header and rank.get(to, len(rank)) <= rank[block]
        for block in loop.blocks
        for to, _ in block.terminator.successors
    )


_FLIPPED = {"slt": "sgt", "sle": "sge", "sgt": "slt", "sge": "sle", "ne": "ne", "eq": "eq"}
_NEGATED = {"slt": "sge", "sle": "sgt", "sgt": "sle", "sge": "slt", "ne": "eq", "eq": "ne"}


def _tests(loop: Loop, block: Block) -> bool:
    """Whether the block leaves the loop at the latest when its count has gone far enough."""
    last = block.terminator
    if last.name != "cf.cond_br" or not isinstance(last.operands[0], OpResult):
        return False
    test = last.operands[0].op
    stays = [to in loop.blocks for to, _ in last.successors]
    if test.name != "arith.cmpi" or sorted(stays) != [False, True]:
        return False
    predicate = test.attributes["predicate"]
    count, limit = test.operands
    if _is_fixed(loop, count):
        predicate, count, limit = _FLIPPED.get(predicate, ""), limit, count
    if not stays[0]:  # it stays in the loop where the comparison fails
        predicate = _NEGATED.get(predicate, "")
    if not _is_fixed(loop, limit):
        return False
    step = _step(loop, count)
    return step is not None and _runs_out(predicate, step, limit)


def _is_fixed(loop: Loop, value: Value) -> bool:
    """Whether a value is the same in every iteration, as one from outside is, or a constant."""
    return defining_block(value) not in loop.blocks or known_integer(value) is not None


def _step(loop: Loop, count: Value) -> int | None:
    """By how much a count grows in each iteration: an argument of the header, or its next value."""
    edges = [v for to, v in loop.latches[0].terminator.successors if to is loop.header]
    following = edges[0]
    if len(edges) > 1:
        return None
    for arg in loop.header.args:
        if count is arg or count is following[arg.index]:
            return constant_step(following[arg.index], arg)
    return None


def constant_step(following: Value, count: Value) -> int | None:
    """c, if `following` is `count + c` or `count - c` for a constant c."""
    if not isinstance(following, OpResult) or following.op.name not in ("arith.addi", "arith.subi"):
        return None
    left, right = following.op.operands
    if left is not count and following.op.name == "arith.addi":
        left, right = right, left
    step = known_integer(right) if left is count else None
    if step is None:
        return None
    return step if following.op.name == "arith.addi" else -step


def _runs_out(predicate: str, step: int, limit: Value) -> bool:
    """Whether adding `step` again and again makes `count <predicate> limit` false at some time.

    While it holds for `slt`, the next count is at most limit - 1 + step: if that is in the range of
    the type, the count reaches the limit before it wraps around.
    """
    if predicate == "ne":
        return abs(step) == 1
    upwards = predicate in ("slt", "sle")
    if predicate not in _FLIPPED or predicate == "eq" or step == 0 or (step > 0) != upwards:
        return False
    reach = abs(step) - (predicate in ("slt", "sgt"))  # beyond the limit, at most
    if reach == 0:
        return True
    least, greatest = integer_range(limit.type)
    number = known_integer(limit)
    if number is None:
        return False
    return number + reach <= greatest if upwards else number - reach >= least
