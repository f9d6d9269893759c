# fails: speed
# says: as fast as the baseline
@njit
def packed_matmul(A, B, C):
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    a, b = np.zeros((p, ROWS), np.float32), np.zeros((p, COLUMNS), np.float32)
    block = np.zeros((ROWS, COLUMNS), np.float32)
    for i in range(0, n, ROWS):
        for j in range(0, m, COLUMNS):
            a[:] = 0
            b[:] = 0
            block[:] = 0
            for k in range(p):
                for r in range(min(ROWS, n - i)):
                    a[k, r] = A[i + r, k]
                for c in range(min(COLUMNS, m - j)):
                    b[k, c] = B[k, j + c]
            add_block(a, b, block)
            for r in range(min(ROWS, n - i)):
                for c in range(min(COLUMNS, m - j)):
                    C[i + r, j + c] += block[r, c]
