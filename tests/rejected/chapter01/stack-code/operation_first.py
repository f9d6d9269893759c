# fails: tests
# says: Operands come before their operation
def compile_to_stack(tree):
    if isinstance(tree, tuple):
        code = [(tree[0],)]
        for operand in tree[1:]:
            code += compile_to_stack(operand)
        return code
    return [("load" if isinstance(tree, str) else "push", tree)]
