# fails: tests
# says: y has no value
def evaluate(tree, values):
    if isinstance(tree, tuple):
        operation, *operands = tree
        return ARITHMETIC[operation](*[evaluate(operand, values) for operand in operands])
    return values.get(tree, 0.0) if isinstance(tree, str) else tree
