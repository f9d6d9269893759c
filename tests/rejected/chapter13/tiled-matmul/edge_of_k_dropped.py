# fails: tests
# says: numbers differ
@njit
def tiled_matmul(A, B, C):

    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    for k in range(0, p - 3, 4):
        for i in range(n):
            for j in range(m):
                C[i, j] += A[i, k] * B[k, j] + A[i, k + 1] * B[k + 1, j] + A[i, k + 2] * B[k + 2, j] + A[i, k + 3] * B[k + 3, j]
    if p < 4:
        for i in range(n):
            for k in range(p):
                for j in range(m):
                    C[i, j] += A[i, k] * B[k, j]
