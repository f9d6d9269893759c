# fails: tests
# says: two small ones cost 2|cheaper cover
# Takes the pattern that covers most, as a greedy selector does.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    def size(shape: Any) -> int:
        return 0 if shape == "reg" or isinstance(shape, int) else 1 + sum(map(size, shape[1:]))

    order = sorted(range(len(patterns)), key=lambda n: -size(patterns[n][0]))
    choices = []
    for node in range(len(tree)):
        found = (-1, [])
        for number in order:
            leaves = match(patterns[number][0], node, tree)
            if leaves is not None:
                found = number, leaves
                break
        choices.append(found)
    needed = [True] * len(tree)
    for _, operands, _ in tree:
        for operand in operands:
            needed[operand] = False
    tiles = []
    for node in reversed(range(len(tree))):
        if needed[node]:
            number, leaves = choices[node]
            if number < 0:
                raise ValueError(f"no pattern computes {tree[node][0]}")
            tiles.append((node, number))
            for leaf in leaves:
                needed[leaf] = True
    tiles.reverse()
    return tiles
