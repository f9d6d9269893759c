"""Parallel loops: iterations that need nothing of each other."""

from __future__ import annotations

from tern.analysis.dependence import dependences
from tern.analysis.nests import NestError
from tern.ir import Operation


def parallelize(loop: Operation) -> Operation:
    """Make an affine.parallel of a loop, in place; gives the loop.

    Legal when the loop carries no dependence: two iterations may touch an element in common only to
    load it. Reductions are none, whatever the flags: their results would depend on who came first.
    It comes before vectors and before `contract`, which lets iterations share a buffer.

    Raises:
        NestError: a dependence, which the line names, is carried by the loop.
    """
    if why := parallel_obstacle(loop):
        raise NestError(why)
    loop.name = "affine.parallel"
    return loop


def parallel_obstacle(loop: Operation) -> str:
    """Why the iterations of a loop cannot run in any order; empty if they can."""
    try:
        carried = [each for each in dependences(loop) if each.vector[0] != 0]
    except NestError as error:
        return str(error)
    return f"the loop carries the {carried[0]}" if carried else ""


def parallelize_outermost(root: Operation) -> list[tuple[Operation, str]]:
    """Make each outermost loop inside `root` parallel that can be, in place.

    Gives those that cannot, each with the reason.
    """
    refused = []
    for loop in [op for op in root.walk() if op.name == "affine.for"]:
        if loop.parent_op is not None and loop.parent_op.name != "affine.for":
            if loop.parent_op.name == "affine.parallel":
                continue
            if why := parallel_obstacle(loop):
                refused.append((loop, why))
            else:
                loop.name = "affine.parallel"
    return refused
