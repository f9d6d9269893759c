"""Removing what computes a result that nobody uses."""

from __future__ import annotations

from tern.ir import Operation, OpResult, is_pure, uses


def erase_dead_operations(root: Operation) -> int:
    """Erase pure operations inside `root` whose results are not used, in place.

    An operation that only a dead one used is dead too. Values that reach only themselves
    through block arguments stay. The result is the number of operations erased. O(n).
    """
    users = {value: len(found) for value, found in uses(root).items()}
    dead: set[Operation] = set()
    work = list(root.walk())
    inside = set(work)
    while work:  # from the end of the text, so that most users go before what they use
        op = work.pop()
        if op not in inside or op in dead or not is_pure(op):
            continue
        if any(users.get(result, 0) for result in op.results):
            continue
        going = [each for each in op.walk() if each not in dead]  # what is in its regions, too
        dead.update(going)
        for value in [value for each in going for value in each.operands]:
            users[value] -= 1
            if users[value] == 0 and isinstance(value, OpResult):
                work.append(value.op)
    for block in {op.parent for op in dead if op.parent is not None}:
        block.operations = [op for op in block.operations if op not in dead]
    return len(dead)
