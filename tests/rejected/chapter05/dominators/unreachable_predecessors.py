# fails: tests
# says: Block 2 is unreachable
# Edges from blocks that never run count as edges.
def immediate_dominators(successors):
    n = len(successors)
    if not n:
        return []
    predecessors = [[] for _ in range(n)]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    everything = set(range(n))
    dominators = [{0}] + [everything] * (n - 1)
    changed = True
    while changed:
        changed = False
        for b in range(1, n):
            known = [dominators[p] for p in predecessors[b]]
            new = set.intersection(*known) | {b} if known else {b}
            if new != dominators[b]:
                dominators[b], changed = new, True
    result = [None]
    for b in range(1, n):
        strict = dominators[b] - {b}
        result.append(max(strict, key=lambda a: len(dominators[a])) if strict else None)
    return result
