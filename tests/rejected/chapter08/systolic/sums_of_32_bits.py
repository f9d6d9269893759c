# fails: tests
# says: 64-bit
def systolic_frames(A, W, rows, columns):
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError("too large")
    weights, left = np.zeros((rows, columns), np.int32), np.zeros((m, rows), np.int32)
    weights[:k, :n], left[:, :k] = W, A
    partial = np.cumsum(left[:, :, None] * weights, axis=1, dtype=np.int32)
    p, q = np.arange(rows)[:, None], np.arange(columns)
    row = np.arange(m + rows + columns - 2)[:, None, None] - p - q
    inside = (row >= 0) & (row < m)
    sums = np.where(inside, partial[np.clip(row, 0, m - 1), p, q], 0).astype(np.int64)
    return sums, inside & (p < k) & (q < n)
