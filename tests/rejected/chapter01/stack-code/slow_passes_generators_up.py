# fails: speed
# says: bar 3×|grows
def compile_to_stack(tree):
    def instructions(node):
        if isinstance(node, tuple):
            for operand in node[1:]:
                yield from list(instructions(operand))
            yield (node[0],)
        else:
            yield ("load" if isinstance(node, str) else "push", node)

    return list(instructions(tree))
