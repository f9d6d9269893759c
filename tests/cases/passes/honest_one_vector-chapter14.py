# ---- ch14-micro-kernel ----
@njit
def multiply_panels(A, B, C):
    """The first right one with vectors: each waits for itself."""
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            for i in range(ROWS):
                for j in range(0, COLUMNS, LANES):
                    c = load(C, m, n, i, j)
                    for k in range(A.shape[1]):
                        c = fma(broadcast(A[m, k, i]), load(B, n, k, j), c)
                    store(c, C, m, n, i, j)
