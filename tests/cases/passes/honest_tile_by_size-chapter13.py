# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul
book = tiled_matmul
@njit
def small(A, B, C):
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                C[i, j] += A[i, k] * B[k, j]

@njit
def tiled_matmul(A, B, C):
    """Tiles do not pay where everything fits."""
    if A.size < 1_000:
        small(A, B, C)
    else:
        book(A, B, C)
