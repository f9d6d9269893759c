# fails: tests
# says: 0 - x would be 0
def evaluate(tree, values):
    if isinstance(tree, tuple):
        operation, *operands = tree
        numbers = [evaluate(operand, values) for operand in operands]
        return 0.0 - numbers[0] if operation == "neg" else ARITHMETIC[operation](*numbers)
    return values[tree] if isinstance(tree, str) else tree
