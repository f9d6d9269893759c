# fails: tests
# says: Operands go from left to right
def evaluate(tree, values):
    if isinstance(tree, tuple):
        operation, *operands = tree
        return ARITHMETIC[operation](*[evaluate(operand, values) for operand in reversed(operands)])
    return values[tree] if isinstance(tree, str) else tree
