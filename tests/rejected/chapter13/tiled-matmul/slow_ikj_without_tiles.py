# fails: speed
# says: first-level cache misses
# needs: valgrind
@njit
def tiled_matmul(A, B, C):

    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(B.shape[1]):
                C[i, j] += a * B[k, j]
