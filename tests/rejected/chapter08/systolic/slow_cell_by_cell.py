# fails: speed
# says: the book's CPU time|took longer|time
def systolic_frames(A, W, rows, columns):
    (m, k), n = A.shape, W.shape[1]
    if k > rows or n > columns:
        raise ValueError("too large")
    sums = np.zeros((m + rows + columns - 2, rows, columns), np.int64)
    busy = np.zeros(sums.shape, np.bool_)
    for t in range(len(sums)):
        for p in range(rows):
            for q in range(columns):
                i = t - p - q
                if 0 <= i < m:
                    above = sums[t - 1, p - 1, q] if p else 0
                    works = p < k and q < n
                    sums[t, p, q] = above + (A[i, p] * W[p, q] if works else 0)
                    busy[t, p, q] = works
    return sums, busy
