# fails: tests
# says: recurs
# Right, and with memory, but goes down by recursion.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    memory: dict[int, Any] = {}

    def best(node: int) -> Any:
        if node not in memory:
            found = (math.inf, -1, [])
            for number, (shape, cost) in enumerate(patterns):
                leaves = match(shape, node, tree) if shape[0] == tree[node][0] else None
                if leaves is not None:
                    total = cost + sum(best(leaf)[0] for leaf in leaves)
                    if total < found[0]:
                        found = (total, number, leaves)
            memory[node] = found
        return memory[node]

    inner = {operand for _, operands, _ in tree for operand in operands}
    tiles: list[Tile] = []

    def take(node: int) -> None:
        cost, number, leaves = best(node)
        if number < 0:
            raise ValueError(f"no pattern computes {tree[node][0]}")
        for leaf in leaves:
            take(leaf)
        tiles.append((node, number))

    for node in range(len(tree)):
        if node not in inner:
            take(node)
    return tiles
