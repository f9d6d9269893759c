# fails: speed
# says: book's CPU time
# Right, but matches all patterns of the table at every node.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    costs: list[float] = []
    choices: list[tuple[int, list[int]]] = []
    for node, (operator, _, _) in enumerate(tree):
        cheapest, choice = math.inf, (-1, [])
        for number, (shape, cost) in enumerate(patterns):
            if shape[0] != operator:
                match(shape, node, tree)
                continue
            leaves = match(shape, node, tree)
            if leaves is not None:
                total = cost + sum([costs[leaf] for leaf in leaves])
                if total < cheapest:
                    cheapest, choice = total, (number, leaves)
        costs.append(cheapest)
        choices.append(choice)
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
