# fails: tests
# says: computes node|expected|cover|twice|\[\(0, 0\)
# Gives a tile to every node, needed or not.
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
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
    for (number, _), (operator, _, _) in zip(choices, tree):
        if number < 0:
            raise ValueError(f"no pattern computes {operator}")
    return [(node, number) for node, (number, _) in enumerate(choices)]
