# fails: tests
# says: expected \d+, got \d+|expected:|got
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:

    if not candidates or min(candidates) < 1:
        raise ValueError("none")
    return min(candidates, key=lambda s: (round(cost.estimate_misses(n, cache, "ikj", s)), -s))
