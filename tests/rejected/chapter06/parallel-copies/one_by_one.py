# fails: tests
# says: nobody waits to read|expected
# Writes the moves in their order.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    return [(to, source) for to, source in moves.items() if to != source]
