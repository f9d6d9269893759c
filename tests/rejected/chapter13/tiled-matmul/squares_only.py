# fails: tests
# says: need not be square|numbers differ|expected: array
@njit
def tiled_matmul(A, B, C):

    n = A.shape[0]
    for i in range(n):
        for k in range(n):
            for j in range(n):
                C[i, j] += A[i, k] * B[k, j]
