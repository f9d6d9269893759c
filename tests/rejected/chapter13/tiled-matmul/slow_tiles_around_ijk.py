# fails: speed
# says: as fast as the baseline
@njit
def tiled_matmul(A, B, C):

    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    for i0 in range(0, n, 32):
        for j0 in range(0, m, 32):
            for k0 in range(0, p, 32):
                for i in range(i0, min(i0 + 32, n)):
                    for j in range(j0, min(j0 + 32, m)):
                        total = C[i, j]
                        for k in range(k0, min(k0 + 32, p)):
                            total += A[i, k] * B[k, j]
                        C[i, j] = total
