# fails: tests
# says: short cut
@njit
def packed_matmul(A, B, C):
    C += A @ B
