# fails: speed
# says: bar 3×|grows
def is_number(tree, number):
    return isinstance(tree, float) and tree == number and math.copysign(1.0, tree) == math.copysign(1.0, number)


def fold(tree):
    if not isinstance(tree, tuple):
        return tree
    operation, *operands = tree
    operands = [fold(fold(operand)) if calc.size(operand) < 40 else fold(operand) for operand in operands]
    if all(isinstance(operand, float) for operand in operands):
        return ARITHMETIC[operation](*operands)
    first, last = operands[0], operands[-1]

    if operation == "neg" and isinstance(first, tuple) and first[0] == "neg":
        return first[1]
    if operation in ("mul", "div") and is_number(last, 1.0):
        return first
    if operation == "mul" and is_number(first, 1.0):
        return last
    if operation == "add" and is_number(last, -0.0) or operation == "sub" and is_number(last, 0.0):
        return first
    if operation == "add" and is_number(first, -0.0):
        return last
    return (operation, *operands)
