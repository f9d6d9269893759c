# ---- ch01-evaluate ----
def evaluate(tree, values):
    """Folding does all the arithmetic, once the numbers stand in the tree."""
    def with_numbers(node):
        if isinstance(node, tuple):
            return (node[0], *map(with_numbers, node[1:]))
        return values[node] if isinstance(node, str) else node
    return calc.fold(with_numbers(tree))
