# fails: tests
# says: .
# Asks the compiler for the answer.
def parallel_copies(moves: Mapping[int, int], scratch: int) -> list[tuple[int, int]]:
    return tern.machine.parallel_copies(moves, scratch)
