book = tiled_matmul
@njit
def counted(A, B, C):
    """Few misses, and no speed."""
    book(A, B, C)
    total = 0.0
    for number in range(2 * A.size * B.shape[1]):
        total += number * 0.5
    if total < 0:
        C[0, 0] = total

@njit
def quick(A, B, C):
    """Speed, and many misses."""
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(np.uint64(B.shape[1])):
                C[i, j] += a * B[k, j]
