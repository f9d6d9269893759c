# fails: tests
# says: still running
def evaluate(tree, values):
    if isinstance(tree, tuple):
        operation, *operands = tree
        if any(evaluate(operand, values) is None for operand in operands):
            raise ValueError("no value")
        return ARITHMETIC[operation](*[evaluate(operand, values) for operand in operands])
    return values[tree] if isinstance(tree, str) else tree
