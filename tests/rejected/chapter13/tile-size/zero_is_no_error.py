# fails: tests
# says: size 0|negative size
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:

    if not candidates:
        raise ValueError("none")
    misses = {}
    for s in candidates:
        misses[s] = cache.misses(matmul_trace(n, "ikj", tiles=min(max(1, s), n)))
    return min(candidates, key=lambda s: (misses[s], -s))
