# fails: tests
# says: switched off|NotImplementedError|never
@njit
def multiply_panels(A, B, C):
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            vectors.add_block(A[m], B[n], C[m, n])
