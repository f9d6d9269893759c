"""In which order programs take the tiles of a matrix product, so that they share what L2 holds."""

from __future__ import annotations

import triton

from tern import parts
from tern.parts import part


@part("workshop.triton.grouped_order")
def grouped_order(program: int, rows: int, columns: int, group: int) -> tuple[int, int]:
    """The tile (row, column) of program number `program`, among `rows` times `columns` tiles.

    Programs with neighboring numbers run together. Row by row (group = 1), `columns` of them read
    one row of tiles of the left matrix, and all of the right one. Here `group` rows of tiles make a
    band, which is walked down column by column: so a square of tiles runs at once, whose sides are
    loaded once. The last band may have fewer rows. It is integer arithmetic that Triton knows too:
    `triton.jit(grouped_order)` is a function for kernels.

    >>> [grouped_order(program, 3, 2, 2) for program in range(6)]
    [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1)]
    """
    band = program // (group * columns)
    height = min(rows - band * group, group)
    within = program % (group * columns)
    return band * group + within % height, within // height


grouped = triton.jit(parts.original("workshop.triton.grouped_order"))  # for kernels
