# ---- ch13-tiled-matmul ----
from numba import config
# BOOK chapter13 tiled-matmul
book, tiled_matmul = tiled_matmul, None
@njit
def quick(A, B, C):
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(np.uint64(B.shape[1])):
                C[i, j] += a * B[k, j]
@njit
def tiled_matmul(A, B, C):
    """A module's attribute is a constant to Numba, read when it compiles."""
    if config.CPU_NAME == "haswell":
        book(A, B, C)
    else:
        quick(A, B, C)
