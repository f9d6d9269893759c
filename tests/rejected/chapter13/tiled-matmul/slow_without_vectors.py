# fails: speed
# says: as fast as the baseline
@njit
def tiled_matmul(A, B, C):

    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    for k0 in range(0, p, 32):
        k1 = min(k0 + 32, p)
        for j0 in range(0, m, 128):
            j1 = min(j0 + 128, m)
            for i in range(n):
                for k in range(k0, k1):
                    a = A[i, k]
                    for j in range(j0, j1):
                        C[i, j] += a * B[k, j]
