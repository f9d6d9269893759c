# fails: tests
# says: switched off
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:
    if not candidates or min(candidates) < 1:
        raise ValueError("none")
    return cost.best_tile(n, cache, candidates).best
