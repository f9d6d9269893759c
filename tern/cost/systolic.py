"""A systolic array, cycle by cycle: how a matrix unit multiplies, and how much of it is busy.

Rows x columns cells, each a multiplier and an adder. Every cycle, each cell passes on what it has,
and nothing but the cells at the edges ever sees memory (Kung, "Why systolic architectures?", IEEE
Computer 15(1), 1982). Google's TPU keeps the weights in the cells (Jouppi et al., "In-datacenter
performance analysis of a tensor processing unit", ISCA 2017): *weight stationary*. Others keep the
sums: *output stationary*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tern.parts import part


@part("cost.systolic_frames")
def systolic_frames(
    A: np.ndarray, W: np.ndarray, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """What a weight-stationary array of rows x columns cells does in each cycle of A @ W.

    A is int64[m, k] and W is int64[k, n], with m >= 1, 0 < k <= rows, and 0 < n <= columns. Cell
    (p, q) holds W[p, q], or 0 where W has ended. Row i of A comes in from the left, skewed: A[i, p]
    reaches cell (p, 0) in cycle i + p, and moves one cell to the right in each cycle. A sum moves
    down: in each cycle a cell takes the sum that the cell above it (0 above row 0) had one cycle
    before, and adds its weight times the number that it has from A. The last sum leaves the last
    row in cycle m + rows + columns - 3, the first cycle being 0.

    Returns (sums, busy), each of shape [m + rows + columns - 2, rows, columns]: `sums[t, p, q]` is
    the sum in cell (p, q) after cycle t, int64, 0 where no row of A has been there in that cycle;
    `busy[t, p, q]`, bool, says whether the cell multiplies a number of A by a number of W in it.
    ValueError if W does not fit. O(cycles * rows * columns), without a Python loop over cells.
    """
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError(f"{k} by {n} weights do not fit into {rows} by {columns} cells")
    weights = np.zeros((rows, columns), np.int64)
    weights[:k, :n] = W
    streamed = np.zeros((m, rows), np.int64)
    streamed[:, :k] = A
    # What row i of A has summed up when it has come down to row p.
    partial = np.cumsum(streamed[:, :, None] * weights, axis=1)
    p, q = np.arange(rows)[:, None], np.arange(columns)
    row = np.arange(m + rows + columns - 2)[:, None, None] - p - q  # of A, in each cell and cycle
    inside = (row >= 0) & (row < m)
    sums = np.where(inside, partial[np.clip(row, 0, m - 1), p, q], 0)
    return sums, inside & (p < k) & (q < n)


class Run(NamedTuple):
    """A product on an array: the result, its cycles, and the share of multipliers at work."""

    result: np.ndarray
    cycles: int
    utilization: float


def systolic_matmul(A: np.ndarray, B: np.ndarray, rows: int, columns: int) -> Run:
    """A @ B on a weight-stationary array, one tile of B after the other.

    A is int64[m, k] and B int64[k, n], no size 0. Loading a tile's weights takes `rows` cycles, in
    which nothing is multiplied; a real array loads the next ones while it works.
    """
    (m, k), n = A.shape, B.shape[1]
    result, cycles, work = np.zeros((m, n), np.int64), 0, 0
    for k0 in range(0, k, rows):
        for n0 in range(0, n, columns):
            tile = B[k0 : k0 + rows, n0 : n0 + columns]
            sums, busy = systolic_frames(A[:, k0 : k0 + rows], tile, rows, columns)
            i, q = np.arange(m)[:, None], np.arange(tile.shape[1])
            result[:, n0 : n0 + columns] += sums[i + rows - 1 + q, rows - 1, q]
            cycles += rows + len(sums)
            work += int(busy.sum())
    return Run(result, cycles, work / (cycles * rows * columns))


def systolic_cycles(
    m: int, k: int, n: int, rows: int, columns: int, dataflow: str = "weight"
) -> int:
    """The cycles of an m x k by k x n product, in closed form.

    "weight": each tile of weights is loaded in `rows` cycles, then the m rows of A pass by.
    "output": each tile of the result takes k steps, and leaves in `rows` cycles. Both are
    2 rows + columns + length - 2 for a tile, `length` being what streams (Samajdar et al., "A
    systematic methodology for characterizing scalability of DNN accelerators using SCALE-sim",
    ISPASS 2020, equation 3).
    """
    if dataflow not in ("weight", "output"):
        raise ValueError(f'a dataflow is "weight" or "output", not {dataflow!r}')
    across, length = (k, m) if dataflow == "weight" else (m, k)
    tiles = -(-across // rows) * -(-n // columns)
    return tiles * (2 * rows + columns + length - 2)


def utilization(m: int, k: int, n: int, rows: int, columns: int, dataflow: str = "weight") -> float:
    """The share of the multipliers that are at work in an average cycle, from 0 to 1."""
    return m * k * n / (systolic_cycles(m, k, n, rows, columns, dataflow) * rows * columns)


def output_stationary_frames(
    A: np.ndarray, B: np.ndarray, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """What an output-stationary array does in each cycle of A @ B, as `systolic_frames` returns it.

    A is int64[m, k] with m <= rows, and B int64[k, n] with n <= columns. Rows of A come in from the
    left and columns of B from above, both skewed, and meet in cell (p, q) for index t - p - q. The
    sums stay; leaving takes another `rows` cycles, which are not shown.
    """
    (m, k), n = A.shape, B.shape[1]
    if m > rows or n > columns:
        raise ValueError(f"{m} by {n} sums do not fit into {rows} by {columns} cells")
    left, above = np.zeros((rows, k), np.int64), np.zeros((k, columns), np.int64)
    left[:m], above[:, :n] = A, B
    partial = np.cumsum(left.T[:, :, None] * above[:, None, :], axis=0)  # [k, rows, columns]
    p, q = np.arange(rows)[:, None], np.arange(columns)
    index = np.arange(k + rows + columns - 2)[:, None, None] - p - q
    sums = np.where(index >= 0, partial[np.clip(index, 0, k - 1), p, q], 0)
    return sums, (index >= 0) & (index < k) & (p < m) & (q < n)
