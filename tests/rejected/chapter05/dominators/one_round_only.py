# fails: tests
# says: can take more than one iteration
def immediate_dominators(successors):
    """One round in reverse postorder: wrong where loops have two entries."""
    if not successors:
        return []
    number, order = {}, []
    stack = [(0, iter(successors[0]))]
    seen = {0}
    while stack:
        block, targets = stack[-1]
        for target in targets:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(successors[target])))
                break
        else:
            stack.pop()
            number[block] = len(order)
            order.append(block)
    predecessors = [[] for _ in successors]
    for block in order:
        for target in successors[block]:
            predecessors[target].append(block)
    idom = {0: 0}
    for block in reversed(order[:-1]):
        new = None
        for p in predecessors[block]:
            if p not in idom:
                continue
            if new is None:
                new = p
                continue
            a, b = new, p
            while a != b:
                while number[a] < number[b]:
                    a = idom[a]
                while number[b] < number[a]:
                    b = idom[b]
            new = a
        idom[block] = new
    return [None if b == 0 or b not in idom else idom[b] for b in range(len(successors))]
