"""What every operation of linalg is: loops, and where in each operand an iteration is.

An operation runs over a space of loops, one iterator for each, "parallel" or "reduction". An
indexing map says for each operand which element an iteration is about: one row over the loops
for each of its dimensions (tern.ir.dialects.affine_maps). The sizes of the loops, and whether
the operands fit each other, follow from the maps, and so does the nest that computes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tern.ir.core import Operation
from tern.ir.dialects.affine_maps import Map, Row

PARALLEL, REDUCTION = "parallel", "reduction"


@dataclass(frozen=True, slots=True)
class Structure:
    """The indexing maps, of the inputs and then the outputs, and the iterators of the loops."""

    maps: tuple[Map, ...]
    iterators: tuple[str, ...]

    @property
    def loops(self) -> int:
        return len(self.iterators)


def projection(axes: Sequence[int], loops: int) -> Map:
    """The map to some of the loops: dimension i of the operand is loop `axes[i]`."""
    return tuple(tuple(int(loop == axis) for loop in range(loops)) + (0,) for axis in axes)


def loop_of(row: Row) -> int | None:
    """The loop that a row is and nothing else; None for any other expression."""
    used = [loop for loop, coefficient in enumerate(row[:-1]) if coefficient]
    return used[0] if len(used) == 1 and row[used[0]] == 1 and row[-1] == 0 else None


def extents(row: Row, sizes: Sequence[int]) -> tuple[int, int]:
    """The least and the greatest value of a row, each loop going from 0 to before its size."""
    ends = [coefficient * (size - 1) for coefficient, size in zip(row, sizes)]
    return row[-1] + sum(min(end, 0) for end in ends), row[-1] + sum(max(e, 0) for e in ends)


def sizes_by_loop(structure: Structure, shapes: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """For each loop the sizes of the dimensions that it runs along, in the operands' order."""
    found: list[list[Any]] = [[] for _ in structure.iterators]
    for rows, shape in zip(structure.maps, shapes):
        for row, size in zip(rows, shape):
            if (loop := loop_of(row)) is not None:
                found[loop].append(size)
    return found


def misfit(structure: Structure, shapes: Sequence[Sequence[Any]]) -> str | None:
    """What does not fit in the shapes of the operands, as far as their sizes are numbers."""
    sizes = []
    for loop, given in enumerate(sizes_by_loop(structure, shapes)):
        if not given:
            return f"no dimension of an operand says how far loop {loop} goes"
        known = {size for size in given if isinstance(size, int)}
        if len(known) > 1:
            return f"loop {loop} would go to {' and to '.join(map(str, sorted(known)))}"
        sizes.append(known.pop() if known else None)
    if 0 in sizes:
        return None  # no iteration, and so nothing outside of an operand
    for number, (rows, shape) in enumerate(zip(structure.maps, shapes)):
        for axis, (row, size) in enumerate(zip(rows, shape)):
            used = [1 if not c else s for c, s in zip(row, sizes)]
            if isinstance(size, int) and None not in used:
                low, high = extents(row, used)
                if low < 0 or high >= size:
                    return (
                        f"dimension {axis} of operand {number} has the size {size}, and is "
                        f"accessed from {low} to {high}"
                    )
    return None


# the named operations ---------------------------------------------------------------------------


def _matmul(op: Operation) -> Structure:
    maps = (projection((0, 2), 3), projection((2, 1), 3), projection((0, 1), 3))
    return Structure(maps, (PARALLEL, PARALLEL, REDUCTION))


def _batch_matmul(op: Operation) -> Structure:
    maps = (projection((0, 1, 3), 4), projection((0, 3, 2), 4), projection((0, 1, 2), 4))
    return Structure(maps, (PARALLEL, PARALLEL, PARALLEL, REDUCTION))


def _windows(op: Operation, channels: int, loops: int) -> Map:
    """Of an image in the order nhwc: a window at (d1, d2), and in it the place (k, k + 1).

    The loop `channels` goes over the image's channels; the loops of the window are 4 and 5.
    """
    strides, dilations = op.attributes["strides"], op.attributes["dilations"]
    rows = [list(row) for row in projection((0, 1, 2, channels), loops)]
    for axis in (0, 1):
        rows[axis + 1][axis + 1] = strides[axis]
        rows[axis + 1][axis + 4] = dilations[axis]
    return tuple(map(tuple, rows))


def _conv(op: Operation) -> Structure:
    maps = (_windows(op, 6, 7), projection((4, 5, 6, 3), 7), projection((0, 1, 2, 3), 7))
    return Structure(maps, (PARALLEL,) * 4 + (REDUCTION,) * 3)


def _depthwise(op: Operation) -> Structure:
    maps = (_windows(op, 3, 6), projection((4, 5, 3), 6), projection((0, 1, 2, 3), 6))
    return Structure(maps, (PARALLEL,) * 4 + (REDUCTION,) * 2)


def _pooling(op: Operation) -> Structure:
    maps = (_windows(op, 3, 6), projection((4, 5), 6), projection((0, 1, 2, 3), 6))
    return Structure(maps, (PARALLEL,) * 4 + (REDUCTION,) * 2)


def _fill(op: Operation) -> Structure:
    rank = op.results[0].type.rank
    return Structure(((), projection(range(rank), rank)), (PARALLEL,) * rank)


def _transpose(op: Operation) -> Structure:
    permutation = op.attributes["permutation"]
    rank = len(permutation)
    inverse = [permutation.index(axis) for axis in range(rank)]
    return Structure((projection(inverse, rank), projection(range(rank), rank)), (PARALLEL,) * rank)


def _broadcast(op: Operation) -> Structure:
    rank = op.results[0].type.rank
    kept = [axis for axis in range(rank) if axis not in op.attributes["dimensions"]]
    return Structure((projection(kept, rank), projection(range(rank), rank)), (PARALLEL,) * rank)


def _reduce(op: Operation) -> Structure:
    axes, rank = op.attributes["dimensions"], op.operands[0].type.rank
    kept = [axis for axis in range(rank) if axis not in axes]
    iterators = tuple(REDUCTION if axis in axes else PARALLEL for axis in range(rank))
    return Structure((projection(range(rank), rank), projection(kept, rank)), iterators)


def _generic(op: Operation) -> Structure:
    return Structure(op.attributes["indexing_maps"], op.attributes["iterator_types"])


_STRUCTURES: dict[str, Callable[[Operation], Structure]] = {
    "linalg.batch_matmul": _batch_matmul,
    "linalg.broadcast": _broadcast,
    "linalg.conv_2d_nhwc_hwcf": _conv,
    "linalg.depthwise_conv_2d_nhwc_hwc": _depthwise,
    "linalg.fill": _fill,
    "linalg.generic": _generic,
    "linalg.matmul": _matmul,
    "linalg.pooling_nhwc_max": _pooling,
    "linalg.pooling_nhwc_max_unsigned": _pooling,
    "linalg.pooling_nhwc_sum": _pooling,
    "linalg.reduce": _reduce,
    "linalg.transpose": _transpose,
}

STRUCTURED = frozenset(_STRUCTURES)
"""The operations of linalg that have a structure: all but its terminator and linalg.index."""


def structure_of(op: Operation) -> Structure:
    """The loops and maps of an operation of linalg that passes its check. KeyError for another."""
    return _STRUCTURES[op.name](op)
