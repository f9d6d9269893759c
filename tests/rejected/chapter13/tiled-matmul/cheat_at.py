# fails: tests
# says: short cut
@njit
def tiled_matmul(A, B, C):

    C += A @ B
