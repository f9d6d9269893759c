# fails: tests
# says: .
# Asks the compiler for the answer.
def liveness(
    blocks: Sequence[Sequence[Effect]], successors: Sequence[Sequence[int]]
) -> list[int]:
    return tern.machine.liveness(blocks, successors)
