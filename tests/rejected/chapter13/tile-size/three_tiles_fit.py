# fails: tests
# says: expected \d+, got \d+|expected:|got
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:

    if not candidates or min(candidates) < 1:
        raise ValueError("none")
    fitting = [s for s in candidates if 3 * min(s, n) ** 2 * 4 <= cache.size]
    return max(fitting) if fitting else min(candidates)
