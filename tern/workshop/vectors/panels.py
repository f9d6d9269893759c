"""The block of registers in the middle of a matrix product, on matrices that lie in panels.

A panel of A has ROWS of its rows, a panel of B has COLUMNS of its columns, and both are stored in
the order in which the product needs them: step by step along k.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part
from tern.workshop.vectors.lanes import LANES, broadcast, fma, load, store

ROWS, COLUMNS = 6, 2 * LANES


@njit
def plain_panels(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """The same as `multiply_panels`, one number after the other."""
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            for i in range(ROWS):
                for j in range(COLUMNS):
                    total = C[m, n, i, j]
                    for k in range(A.shape[1]):
                        total += A[m, k, i] * B[n, k, j]
                    C[m, n, i, j] = total


@njit
def add_block(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    """c += a.T @ b, in place, for a [depth, ROWS], b [depth, COLUMNS], and c [ROWS, COLUMNS].

    Twelve vectors of c stay in registers while k goes by: none of the twelve sums waits for
    another. Each step loads 2 vectors of b and broadcasts 6 numbers of a, for 12 multiply-adds.
    """
    c00, c01 = load(c, 0, 0), load(c, 0, LANES)
    c10, c11 = load(c, 1, 0), load(c, 1, LANES)
    c20, c21 = load(c, 2, 0), load(c, 2, LANES)
    c30, c31 = load(c, 3, 0), load(c, 3, LANES)
    c40, c41 = load(c, 4, 0), load(c, 4, LANES)
    c50, c51 = load(c, 5, 0), load(c, 5, LANES)
    for k in range(a.shape[0]):
        b0, b1 = load(b, k, 0), load(b, k, LANES)
        x = broadcast(a[k, 0])
        c00, c01 = fma(x, b0, c00), fma(x, b1, c01)
        x = broadcast(a[k, 1])
        c10, c11 = fma(x, b0, c10), fma(x, b1, c11)
        x = broadcast(a[k, 2])
        c20, c21 = fma(x, b0, c20), fma(x, b1, c21)
        x = broadcast(a[k, 3])
        c30, c31 = fma(x, b0, c30), fma(x, b1, c31)
        x = broadcast(a[k, 4])
        c40, c41 = fma(x, b0, c40), fma(x, b1, c41)
        x = broadcast(a[k, 5])
        c50, c51 = fma(x, b0, c50), fma(x, b1, c51)
    store(c00, c, 0, 0), store(c01, c, 0, LANES)
    store(c10, c, 1, 0), store(c11, c, 1, LANES)
    store(c20, c, 2, 0), store(c21, c, 2, LANES)
    store(c30, c, 3, 0), store(c31, c, 3, LANES)
    store(c40, c, 4, 0), store(c41, c, 4, LANES)
    store(c50, c, 5, 0), store(c51, c, 5, LANES)


@part("workshop.vectors.multiply_panels", helpers=(add_block,))
@njit
def multiply_panels(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C[m, n] += A[m].T @ B[n], in place, for all panels of A and B.

    A is float32[…, depth, ROWS], B float32[…, depth, COLUMNS], and C float32[panels of A, panels of
    B, ROWS, COLUMNS], all C-contiguous; any number of panels, and any depth, may be 0.
    """
    for n in range(B.shape[0]):  # a panel of B stays in the first-level cache
        for m in range(A.shape[0]):
            add_block(A[m], B[n], C[m, n])
