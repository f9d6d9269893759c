"""Patterns written as functions, by their names."""

from __future__ import annotations

from tern.ir import Operation
from tern.rewrite import Pattern, Rewriter, pattern
from tern.rewrite.samples import ping_pong


@pattern("arith.subi")
def only_user(op: Operation, rewriter: Rewriter) -> bool:
    """x - y is the greater of the two, where nobody else uses x. Which isn't true: it shows when a
    pattern is tried again."""
    left, right = op.operands
    if left is right or rewriter.use_count(left) != 1:
        return False
    rewriter.modify(op, "arith.maxsi")
    return True


PING_PONG = ping_pong()
WRITTEN: dict[str, Pattern] = {each.name: each for each in (only_user, *PING_PONG)}
