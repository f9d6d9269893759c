# fails: tests
# says: works like any other
def systolic_frames(A, W, rows, columns):
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError("too large")
    weights, left = np.zeros((rows, columns), np.int64), np.zeros((m, rows), np.int64)
    weights[:k, :n], left[:, :k] = W, A
    partial = np.cumsum(left[:, :, None] * weights, axis=1)
    sums = np.zeros((m + rows + columns - 2, rows, columns), np.int64)
    busy = np.zeros(sums.shape, np.bool_)
    for p in range(rows):
        for q in range(columns):
            sums[p + q : p + q + m, p, q] = partial[:, p, q]
            busy[p + q : p + q + m, p, q] = weights[p, q] != 0
    return sums, busy
