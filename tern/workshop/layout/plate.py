"""Heat spreads on a plate: a stencil over one field of many.

A plate is float32[rows, columns, 8]: each cell is a structure of eight numbers. Field 0 is the
temperature, field 1 is room for the next temperature, and the others are nobody's business here.
In each step, a cell that isn't on the edge moves toward the mean of its four neighbors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part

FIELDS = 8


@njit
def smooth_structs(plate: np.ndarray, scratch: np.ndarray, steps: int) -> None:
    """`steps` steps on an array of structures, column by column. `scratch` is not used."""
    for _ in range(steps):
        for j in range(1, plate.shape[1] - 1):
            for i in range(1, plate.shape[0] - 1):
                around = plate[i - 1, j, 0] + plate[i + 1, j, 0]
                around += plate[i, j - 1, 0] + plate[i, j + 1, 0]
                here = plate[i, j, 0]
                plate[i, j, 1] = here + np.float32(0.2) * (around - 4 * here)
        for j in range(1, plate.shape[1] - 1):
            for i in range(1, plate.shape[0] - 1):
                plate[i, j, 0] = plate[i, j, 1]


@njit
def smooth_step(now: np.ndarray, after: np.ndarray) -> None:
    """One step, from one array of temperatures to another; the edge is left alone."""
    for i in range(1, now.shape[0] - 1):
        above, row, below, out = now[i - 1], now[i], now[i + 1], after[i]
        for j in range(1, row.size - 1):
            here = row[j]
            around = above[j] + below[j] + row[j - 1] + row[j + 1]
            out[j] = here + np.float32(0.2) * (around - 4 * here)


@part("workshop.layout.smooth_plate", helpers=(smooth_step,))
@njit
def smooth_plate(plate: np.ndarray, scratch: np.ndarray, steps: int) -> None:
    """Let heat spread for `steps` steps, in place.

    `plate` is float32[rows, columns, 8] and `scratch` float32[2, rows, columns], both C-contiguous,
    of any sizes, 0 included; `scratch` may hold anything before and after. In each step, every cell
    that isn't on the edge gets

        here + 0.2 * (above + below + left + right - 4 * here)

    of the temperatures before the step, where a cell's temperature is its field 0. The edge keeps
    its temperature. Field 1 may hold anything afterward; fields 2 to 7 stay as they are. Allocates
    no array. Returns nothing. Sums may be formed in another order.
    """
    now, after = scratch[0], scratch[1]
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            now[i, j] = after[i, j] = plate[i, j, 0]  # after: for the edge, which stays
    for _ in range(steps // 2):
        smooth_step(now, after)
        smooth_step(after, now)
    if steps % 2:
        smooth_step(now, after)
        now = after
    for i in range(plate.shape[0]):
        for j in range(plate.shape[1]):
            plate[i, j, 0] = now[i, j]
