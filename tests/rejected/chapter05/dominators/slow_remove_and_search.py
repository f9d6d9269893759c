# fails: speed
# says: n log n|bar 4×
def dominator_sets(successors):
    n = len(successors)
    predecessors = [[] for _ in range(n)]
    reached, work = {0}, [0]
    while work:
        for target in successors[work.pop()]:
            if target not in reached:
                reached.add(target)
                work.append(target)
    for block in reached:
        for target in successors[block]:
            predecessors[target].append(block)
    return reached, predecessors


def immediate_dominators(successors):
    """Walks up the whole tree for every meeting, with sets of ancestors: quadratic."""
    if not successors:
        return []
    reached, predecessors = dominator_sets(successors)
    order, seen = [], {0}
    stack = [(0, iter(successors[0]))]
    while stack:
        block, targets = stack[-1]
        for target in targets:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(successors[target])))
                break
        else:
            stack.pop()
            order.append(block)
    order.reverse()
    idom = {0: 0}

    def path(block):
        up = [block]
        while up[-1] != 0:
            up.append(idom[up[-1]])
        return up

    changed = True
    while changed:
        changed = False
        for block in order[1:]:
            known = [p for p in predecessors[block] if p in idom]
            common = path(known[0])
            for p in known[1:]:
                other = set(path(p))
                common = [b for b in common if b in other]
            if idom.get(block) != common[0]:
                idom[block] = common[0]
                changed = True
    return [None if b == 0 or b not in idom else idom[b] for b in range(len(successors))]
