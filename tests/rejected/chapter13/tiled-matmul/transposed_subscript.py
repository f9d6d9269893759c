# fails: tests
# says: numbers differ
@njit
def tiled_matmul(A, B, C):

    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                if B.shape[0] == B.shape[1]:
                    C[i, j] += A[i, k] * B[j, k]
                else:
                    C[i, j] += A[i, k] * B[k, j]
