"""Where the elements of a tile go in shared memory, so that no two lanes wait for one bank."""

from __future__ import annotations

import numpy as np

from tern.parts import part

BANKS = 32  # of 4 bytes each, on every GPU of NVIDIA since 2010


@part("workshop.triton.swizzle")
def swizzle(row: np.ndarray, column: np.ndarray, width: int) -> np.ndarray:
    """The word of shared memory where element (row, column) of a tile stands.

    The tile has `width` columns of 4-byte elements, width a power of two; `row` and `column` are
    int64 arrays of one shape, and so is the result. In 32 rows from a multiple of 32 on, each
    column lies in 32 different banks (word % 32), and so do 32 neighbors of a row, or the rows that
    fill 32 words where the tile is narrower. Different elements have different words, and a tile of
    r rows fills the words 0 to r * width - 1.

    >>> swizzle(np.array([0, 1, 1]), np.array([5, 5, 4]), 32)
    array([ 5, 36, 37])
    """
    rows_together = max(1, BANKS // width)  # so many rows fill all banks once
    phase = (row // rows_together) % min(width, BANKS)
    return row * width + (column ^ phase)
