# fails: tests
# says: root|two trees
# Right for one tree: takes the last node for the only root.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    if not tree:
        return []
    costs: list[float] = []
    choices: list[tuple[int, list[int]]] = []
    for node, (operator, _, _) in enumerate(tree):
        cheapest, choice = math.inf, (-1, [])
        for number, (shape, cost) in enumerate(patterns):
            leaves = match(shape, node, tree) if shape[0] == operator else None
            if leaves is not None:
                total = cost + sum([costs[leaf] for leaf in leaves])
                if total < cheapest:
                    cheapest, choice = total, (number, leaves)
        costs.append(cheapest)
        choices.append(choice)
    needed = [False] * len(tree)
    needed[-1] = True
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
