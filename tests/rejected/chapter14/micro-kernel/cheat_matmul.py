# fails: tests
# says: short cut
def multiply_panels(A, B, C):
    for m in range(A.shape[0]):
        for n in range(B.shape[0]):
            C[m, n] += A[m].T @ B[n]
