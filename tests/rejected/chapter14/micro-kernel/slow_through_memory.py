# fails: speed
# says: as fast as the baseline
@njit
def multiply_panels(A, B, C):
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            for k in range(A.shape[1]):
                for i in range(ROWS):
                    for j in range(COLUMNS):
                        C[m, n, i, j] += A[m, k, i] * B[n, k, j]
