# fails: tests
# says: Block 2 is unreachable
def immediate_dominators(successors):
    """Sets of dominators, but edges from unreachable blocks count."""
    n = len(successors)
    predecessors = [[] for _ in range(n)]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    dominators = [{0}] + [set(range(n)) - {0} | {b} for b in range(1, n)] if n else []
    dominators = [{0}] + [{b} | ({0} if 0 in predecessors[b] else set()) for b in range(1, n)] if n else []
    result = []
    for b in range(n):
        if b == 0 or not predecessors[b]:
            result.append(None)
        elif len(predecessors[b]) == 1:
            result.append(predecessors[b][0])
        else:
            common = set(dominators[predecessors[b][0]])
            for p in predecessors[b][1:]:
                common &= dominators[p]
            result.append(max(common) if common else None)
    return result
