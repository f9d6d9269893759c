# fails: tests
# says: differ
@njit
def multiply_panels(A, B, C):
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            for i in range(ROWS):
                for j in range(0, COLUMNS, LANES):
                    c = broadcast(np.float32(0))
                    for k in range(A.shape[1]):
                        c = fma(broadcast(A[m, k, i]), load(B, n, k, j), c)
                    store(c, C, m, n, i, j)
