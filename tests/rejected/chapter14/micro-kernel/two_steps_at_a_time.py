# fails: tests
# says: differ
# Right for an even depth only.
@njit
def multiply_panels(A, B, C):
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            for i in range(ROWS):
                for j in range(0, COLUMNS, LANES):
                    c = load(C, m, n, i, j)
                    d = broadcast(np.float32(0))
                    for k in range(0, A.shape[1] - 1, 2):
                        c = fma(broadcast(A[m, k, i]), load(B, n, k, j), c)
                        d = fma(broadcast(A[m, k + 1, i]), load(B, n, k + 1, j), d)
                    store(fma(broadcast(np.float32(1)), c, d), C, m, n, i, j)
