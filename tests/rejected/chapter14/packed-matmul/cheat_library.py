# fails: tests
# says: switched off|NotImplementedError|never
def packed_matmul(A, B, C):
    vectors.library_matmul(A, B, C)
