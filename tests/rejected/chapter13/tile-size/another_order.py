# fails: tests
# says: expected \d+, got \d+|expected:|got
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:

    if not candidates or min(candidates) < 1:
        raise ValueError("none")
    return min(candidates, key=lambda s: (cache.misses(matmul_trace(n, "ijk", tiles=s)), -s))
