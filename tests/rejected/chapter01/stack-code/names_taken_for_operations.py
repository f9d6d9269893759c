# fails: tests
# says: A string is a variable, whatever its name
def compile_to_stack(tree):
    if isinstance(tree, str):
        return [(tree,)] if tree in ARITHMETIC else [("load", tree)]
    if isinstance(tree, float):
        return [("push", tree)]
    return [line for operand in tree[1:] for line in compile_to_stack(operand)] + [(tree[0],)]
