"""Tiling: running a nest block by block, so that a block's data stay in cache."""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.dependence import dependence_vectors, is_permutable, vector_text
from tern.analysis.nests import NestError, band, induction_variable
from tern.ir import Operation, Value, replace_uses
from tern.ir.dialects.affine import Map, lower_bound, new_for, upper_bound


def tile(
    nest: Operation, sizes: Sequence[int], *, reassociate: bool = False, force: bool = False
) -> Operation:
    """Cut the loops of the band of `nest` into tiles of `sizes` iterations, in place.

    Each loop is strip-mined: one loop over tiles, and one over the iterations of a tile, whose
    upper bound is a `min` where the size does not divide the number of iterations. Then the
    loops over tiles move outside of all others, in their order. A size of 0 leaves a loop
    whole, and fewer sizes than loops leave the last ones whole. Legal when no dependence goes
    backward in a loop that is tiled (Wolf & Lam, PLDI 1991, section 2.3). Gives the outermost
    loop, which takes the place of `nest`.

    Raises:
        NestError: a dependence, which the line names, forbids it, or a bound does.
    """
    loops = band(nest)
    if len(sizes) > len(loops) or any(size < 0 for size in sizes):
        raise NestError(f"{tuple(sizes)} are no sizes for the tiles of {len(loops)} loops")
    tiled = [axis for axis, size in enumerate(sizes) if size > 0]
    check_tiles(loops, tiled, "tiling", reassociate, force)
    if not tiled:
        return nest
    inner = loops[-1].body
    outside = nest.parent
    headers: list[Operation] = []
    points: list[Operation] = []
    renamed: dict[Value, Value] = {}
    for axis, loop in enumerate(loops):
        point = loop
        if axis in tiled:
            over, point = _strip_mined(loop, sizes[axis])
            headers.append(over)
        else:
            point = new_for(lower_bound(loop), upper_bound(loop), loop.attributes["step"])
        points.append(point)
        renamed[induction_variable(loop)] = induction_variable(point)
    chain = headers + points
    for outer, loop in zip(chain, chain[1:]):
        outer.body.only_block.insert(0, loop)
    last = points[-1].body.blocks[0]
    last.operations = []
    for op in inner.blocks[0].operations:
        last.append(op)
    replace_uses(chain[0], renamed)
    if outside is not None:
        outside.insert(outside.operations.index(nest), chain[0])
        outside.operations.remove(nest)
    return chain[0]


def check_tiles(
    loops: list[Operation],
    tiled: list[int],
    what: str,
    reassociate: bool = False,
    force: bool = False,
) -> None:
    """NestError, which names `what` is tried, unless the axes `tiled` may run block by block."""
    variables = {induction_variable(loop) for loop in loops}
    for axis in tiled:
        if variables & set(loops[axis].operands):
            raise NestError(f"the bounds of loop {axis} depend on another loop of the nest")
    if force:
        return
    for vector in dependence_vectors(loops[0], reassociate):
        if not is_permutable([vector], tiled):
            raise NestError(f"{what} breaks the dependence {vector_text(vector)}")


def _strip_mined(loop: Operation, size: int) -> tuple[Operation, Operation]:
    """A loop as one over tiles of `size` iterations and one over the iterations of a tile."""
    step = loop.attributes["step"]
    lower, upper = lower_bound(loop), upper_bound(loop)
    over = new_for(lower, upper, step * size, loop.location)
    start = induction_variable(over)
    operands, rows = [start, *upper[0]], [(1, *[0] * len(upper[0]), step * size)]
    if not _divides(step * size, lower, upper):
        rows += [(0, *row) for row in upper[1]]
    return over, new_for(([start], [(1, 0)]), (operands, rows), step, loop.location)


def _divides(length: int, lower: tuple[list[Value], Map], upper: tuple[list[Value], Map]) -> bool:
    """Whether constant bounds hold a whole number of steps of the length."""
    if lower[0] or upper[0]:
        return False
    start, end = max(row[0] for row in lower[1]), min(row[0] for row in upper[1])
    return end > start and (end - start) % length == 0
