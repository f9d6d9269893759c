# fails: tests
# says: added to what C holds|left over at the edges
@njit
def tiled_matmul(A, B, C):

    for k0 in range(0, A.shape[1] - 15, 16):
        for j0 in range(0, B.shape[1] - 15, 16):
            for i in range(A.shape[0]):
                for k in range(k0, k0 + 16):
                    for j in range(j0, j0 + 16):
                        C[i, j] += A[i, k] * B[k, j]
    if A.shape[1] < 16 or B.shape[1] < 16:
        for i in range(A.shape[0]):
            for k in range(A.shape[1]):
                for j in range(B.shape[1]):
                    C[i, j] += A[i, k] * B[k, j]
