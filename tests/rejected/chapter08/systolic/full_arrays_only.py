# fails: tests
# says: Below the weights, sums move on|To the right
# Right where the weights fill the array, as in the visible example.
def systolic_frames(A, W, rows, columns):
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError("too large")
    partial = np.cumsum(A[:, :, None] * W, axis=1)
    sums = np.zeros((m + rows + columns - 2, rows, columns), np.int64)
    busy = np.zeros(sums.shape, np.bool_)
    for p in range(k):
        for q in range(n):
            sums[p + q : p + q + m, p, q] = partial[:, p, q]
            busy[p + q : p + q + m, p, q] = True
    return sums, busy
