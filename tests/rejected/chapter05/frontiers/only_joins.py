# fails: tests
# says: expected: \[\{0\}\]
def dominance_frontiers(successors, idoms):
    """Looks at blocks with two predecessors or more: misses a block that only branches to itself."""
    predecessors = [[] for _ in successors]
    for block, targets in enumerate(successors):
        if block == 0 or idoms[block] is not None:
            for target in targets:
                predecessors[target].append(block)
    frontiers = [set() for _ in successors]
    for block, sources in enumerate(predecessors):
        if len(sources) >= 2:
            for runner in sources:
                while runner is not None and runner != idoms[block]:
                    frontiers[runner].add(block)
                    runner = idoms[runner]
    return frontiers
