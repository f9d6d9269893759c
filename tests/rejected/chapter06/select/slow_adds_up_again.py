# fails: speed
# says: grew
# Right, but keeps the tiles of every subtree and joins them at each node.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    inner = {operand for _, operands, _ in tree for operand in operands}
    covers: list[Any] = []
    by_operator: dict[str, list[Any]] = {}
    for number, (shape, cost) in enumerate(patterns):
        by_operator.setdefault(shape[0], []).append((number, shape, cost))
    for node, (operator, _, _) in enumerate(tree):
        best: Any = None
        for number, shape, cost in by_operator.get(operator, ()):
            leaves = match(shape, node, tree)
            if leaves is None or any(covers[leaf] is None for leaf in leaves):
                continue
            tiles = [tile for leaf in leaves for tile in covers[leaf]] + [(node, number)]
            total = sum(patterns[n][1] for _, n in tiles)
            if best is None or total < best[0]:
                best = total, tiles
        covers.append(None if best is None else best[1])
    found: list[Tile] = []
    for node in range(len(tree)):
        if node not in inner:
            if covers[node] is None:
                raise ValueError(f"no pattern computes {tree[node][0]}")
            found += covers[node]
    return found
