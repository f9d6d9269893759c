# fails: tests
# says: Operands come before their operation
def compile_to_stack(tree):
    code, work = [], [tree]
    while work:
        node = work.pop()
        if isinstance(node, tuple):
            code.append((node[0],))
            work.extend(reversed(node[1:]))
        else:
            code.append(("load" if isinstance(node, str) else "push", node))
    return code[::-1]
