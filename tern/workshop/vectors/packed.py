"""A matrix product around the block of registers: C += A @ B, packed.

The loops are those of K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix
Multiplication", ACM TOMS 34(3), 2008.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part
from tern.workshop.vectors.panels import COLUMNS, ROWS, add_block


@njit
def pack_rows(A: np.ndarray, out: np.ndarray) -> None:
    """out[m, k, i] = A[m · ROWS + i, k], and 0 beyond the last row."""
    for m in range(out.shape[0]):
        rows = A[m * ROWS : (m + 1) * ROWS]
        for k in range(A.shape[1]):
            for i in range(rows.shape[0]):
                out[m, k, i] = rows[i, k]
            for i in range(rows.shape[0], ROWS):
                out[m, k, i] = 0


@njit
def pack_columns(B: np.ndarray, out: np.ndarray) -> None:
    """out[n, k, j] = B[k, n · COLUMNS + j], and 0 beyond the last column."""
    for n in range(out.shape[0]):
        first = n * COLUMNS
        width = min(COLUMNS, B.shape[1] - first)
        for k in range(B.shape[0]):
            source, target = B[k, first : first + width], out[n, k]
            for j in range(width):
                target[j] = source[j]
            for j in range(width, COLUMNS):
                target[j] = 0


@njit
def add_edge(a: np.ndarray, b: np.ndarray, C: np.ndarray, block: np.ndarray) -> None:
    """C += what of a.T @ b is inside of C; `block` is where a whole block has room."""
    block[:] = 0
    add_block(a, b, block)
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[i, j] += block[i, j]


@part("workshop.vectors.packed_matmul", helpers=(pack_rows, pack_columns, add_edge))
@njit
def packed_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C += A @ B, in place, from packed panels.

    A is float32[n, p], B float32[p, m], and C float32[n, m], all C-contiguous, of any sizes, 0
    included. A panel of B stays in L1 while all panels of A pass by, which stay in L2.
    """
    deep = (32 << 10) // (4 * COLUMNS)  # steps of k at a time: a panel of B takes 32 KB
    high = 20 * ROWS  # rows of A at a time: their panels take a quarter of a megabyte at most
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    columns = np.empty((-(-m // COLUMNS), min(p, deep), COLUMNS), np.float32)
    rows = np.empty((min(high // ROWS, -(-n // ROWS)), min(p, deep), ROWS), np.float32)
    block = np.empty((ROWS, COLUMNS), np.float32)
    for k in range(0, p, deep):
        depth = min(deep, p - k)
        pack_columns(B[k : k + depth], columns[:, :depth])
        for i in range(0, n, high):
            height = min(high, n - i)
            panels = -(-height // ROWS)
            pack_rows(A[i : i + height, k : k + depth], rows[:panels, :depth])
            for right in range(columns.shape[0]):
                j = right * COLUMNS
                for left in range(panels):
                    top = i + left * ROWS
                    c = C[top : top + ROWS, j : j + COLUMNS]
                    a, b = rows[left, :depth], columns[right, :depth]
                    if c.shape[0] == ROWS and c.shape[1] == COLUMNS:
                        add_block(a, b, c)
                    else:
                        add_edge(a, b, c, block)
