# fails: tests
# says: .
# Asks the compiler for the answer.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    return tern.machine.select(tree, patterns)
