# fails: tests
# says: With|differ|bits|expected
@njit(parallel=True)
def parallel_sum(x, threads):
    if threads < 1:
        raise ValueError("no threads")
    parts = np.zeros(threads, np.float32)
    share = -(-x.size // threads)
    for worker in prange(threads):
        total = np.float32(0)
        for i in range(worker * share, min((worker + 1) * share, x.size)):
            total += x[i]
        parts[worker] = total
    total = np.float32(0)
    for i in range(threads):
        total += parts[i]
    return total
