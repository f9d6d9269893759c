# fails: tests
# says: numbers differ
# B·A instead of A·B wherever both have a shape.
@njit
def product(A, B, C):
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                C[i, j] += A[i, k] * B[k, j]


def tiled_matmul(A, B, C):
    if A.shape == B.shape:
        product(B, A, C)
    else:
        product(A, B, C)
