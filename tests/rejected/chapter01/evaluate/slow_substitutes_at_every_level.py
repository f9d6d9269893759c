# fails: speed
# says: bar 5×
def substitute(tree, values):
    if isinstance(tree, tuple):
        return (tree[0], *[substitute(operand, values) for operand in tree[1:]])
    return values[tree] if isinstance(tree, str) else tree


def evaluate(tree, values):
    tree = substitute(tree, values)
    if isinstance(tree, tuple):
        operation, *operands = tree
        return ARITHMETIC[operation](*[evaluate(operand, values) for operand in operands])
    return tree
