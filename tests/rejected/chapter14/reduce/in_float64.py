# fails: tests
# says: expected|left to right|lost
# More exact, and not what was asked.
@njit(parallel=True)
def parallel_sum(x, threads):
    if threads < 1:
        raise ValueError("no threads")
    parts = np.zeros(-(-x.size // 4096), np.float64)
    for worker in prange(threads):
        for i in range(worker, parts.size, threads):
            total = 0.0
            for k in range(i * 4096, min((i + 1) * 4096, x.size)):
                total += x[k]
            parts[i] = total
    total = 0.0
    for i in range(parts.size):
        total += parts[i]
    return np.float32(total)
