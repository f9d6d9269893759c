# fails: speed
# says: bar 3×|grows
def compile_to_stack(tree):
    code, work = [], [tree]
    while work:
        node = work.pop()
        if isinstance(node, tuple):
            code.insert(0, (node[0],))
            work.extend(node[1:])
        else:
            code.insert(0, ("load" if isinstance(node, str) else "push", node))
    return code
