# fails: tests
# says: then the largest|wherever it comes
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:

    if not candidates:
        raise ValueError("none")
    return min(candidates, key=lambda s: cache.misses(matmul_trace(n, "ikj", tiles=s)))
