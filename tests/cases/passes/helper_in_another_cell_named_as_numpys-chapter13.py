# ---- a cell of the reader ----
from numba import njit


@njit
def inner(A, B, C, i, k):
    """A row of B into a row of C."""
    a = A[i, k]
    for j in range(np.uint64(B.shape[1])):
        C[i, j] += a * B[k, j]

# ---- ch13-tiled-matmul ----
@njit
def tiled_matmul(A, B, C):
    for first in range(0, A.shape[1], 16):
        for i in range(A.shape[0]):
            for k in range(first, min(first + 16, A.shape[1])):
                inner(A, B, C, i, k)
