# fails: tests
# says: expected|differ
# All columns of the array get a row of A in the same cycle.
def systolic_frames(A, W, rows, columns):
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError("too large")
    weights = np.zeros((rows, columns), np.int64)
    weights[:k, :n] = W
    sums = np.zeros((m + rows + columns - 2, rows, columns), np.int64)
    busy = np.zeros(sums.shape, np.bool_)
    for i in range(m):
        for p in range(rows):
            above = sums[i + p - 1, p - 1] if p else np.zeros(columns, np.int64)
            sums[i + p, p] = above + (A[i, p] * weights[p] if p < k else 0)
            busy[i + p, p, :n] = p < k
    return sums, busy
