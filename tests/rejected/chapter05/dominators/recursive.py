# fails: tests
# says: RecursionError
def immediate_dominators(successors):
    if not successors:
        return []
    number, order = {}, []

    def visit(block):
        number[block] = None
        for target in successors[block]:
            if target not in number:
                visit(target)
        number[block] = len(order)
        order.append(block)

    visit(0)
    predecessors = [[] for _ in successors]
    for block in order:
        for target in successors[block]:
            predecessors[target].append(block)
    idom = {0: 0}

    def meet(a, b):
        while a != b:
            while number[a] < number[b]:
                a = idom[a]
            while number[b] < number[a]:
                b = idom[b]
        return a

    changed = True
    while changed:
        changed = False
        for block in reversed(order[:-1]):
            new = None
            for p in predecessors[block]:
                if p in idom:
                    new = p if new is None else meet(new, p)
            if idom.get(block) != new:
                idom[block] = new
                changed = True
    return [None if b == 0 or b not in idom else idom[b] for b in range(len(successors))]
