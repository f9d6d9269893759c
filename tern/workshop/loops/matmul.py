"""The matrix product C += A @ B, for float32 C-contiguous A [n, p], B [p, m] and C [n, m].

All three add the products of an element of C in the order of k, and round alike.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part


@njit
def naive_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C += A @ B in the order ijk: the inner loop walks down a column of B."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = C[i, j]
            for k in range(A.shape[1]):
                total += A[i, k] * B[k, j]
            C[i, j] = total


@njit
def ikj_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C += A @ B in the order ikj: the inner loop walks along rows, in vector instructions."""
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(B.shape[1]):
                C[i, j] += a * B[k, j]


@njit
def add_row(
    A: np.ndarray, B: np.ndarray, C: np.ndarray, i: int, k0: int, k1: int, j0: int, j1: int
) -> None:
    """C[i, j0:j1] += A[i, k0:k1] @ B[k0:k1, j0:j1]: what is left over of a tile."""
    for k in range(k0, k1):
        a = A[i, k]
        for j in range(np.uint64(j0), np.uint64(j1)):
            C[i, j] += a * B[k, j]


@part("workshop.loops.tiled_matmul", helpers=(add_row,))
@njit
def tiled_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C += A @ B, tile by tile, in place.

    A is float32[n, p], B float32[p, m], and C float32[n, m], all C-contiguous, of any sizes, 0
    included. Allocates no array. A tile of B stays in the first-level cache while all rows of
    A pass by (Lam, Rothberg & Wolf, "The cache performance and optimizations of blocked
    algorithms", ASPLOS 1991). It is short and wide, so that the innermost loop is long, and that
    loop works on several rows of A and B at once: what it loads into a register, it uses more
    than once.
    """
    rows, columns = 16, 256  # of a tile of B: 16 KB, half of a first-level cache
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    for k0 in range(0, p, rows):
        k1 = min(k0 + rows, p)
        fours = k1 - (k1 - k0) % 4
        for j0 in range(0, m, columns):
            j1 = min(j0 + columns, m)
            # Two rows of C and four of B at a time: each element loaded is used more than once.
            for i in range(0, n - 1, 2):
                for k in range(k0, fours, 4):
                    a0, a1, a2, a3 = A[i, k], A[i, k + 1], A[i, k + 2], A[i, k + 3]
                    d0, d1, d2, d3 = A[i + 1, k], A[i + 1, k + 1], A[i + 1, k + 2], A[i + 1, k + 3]
                    # Unsigned: a subscript that may be negative keeps Numba from using vectors.
                    for j in range(np.uint64(j0), np.uint64(j1)):
                        b0, b1, b2, b3 = B[k, j], B[k + 1, j], B[k + 2, j], B[k + 3, j]
                        C[i, j] = C[i, j] + a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3
                        C[i + 1, j] = C[i + 1, j] + d0 * b0 + d1 * b1 + d2 * b2 + d3 * b3
                add_row(A, B, C, i, fours, k1, j0, j1)
                add_row(A, B, C, i + 1, fours, k1, j0, j1)
            if n % 2:
                add_row(A, B, C, n - 1, k0, k1, j0, j1)
