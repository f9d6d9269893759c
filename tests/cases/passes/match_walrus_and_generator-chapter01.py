# ---- ch01-stack-code ----
def postfix(tree):
    match tree:
        case (op, a, b):
            yield from postfix(a)
            yield from postfix(b)
            yield (op,)
        case (op, a):
            yield from postfix(a)
            yield (op,)
        case str() as name:
            yield "load", name
        case number:
            yield "push", number

def compile_to_stack(tree):
    # yield from would climb 150 levels for every instruction: a list of work instead
    out, work = [], [tree]
    while work and (node := work.pop(),):
        match node:
            case (op, a, b):
                out.append((op,))
                work += a, b
            case (op, a):
                out.append((op,))
                work += a,
            case _:
                out.append(("load" if type(node) is str else "push", node))
    return out[::-1]

# ---- a cell of the reader ----
list(postfix(("add", 1.0, "x"))) == compile_to_stack(("add", 1.0, "x"))
assert _
Out, In
