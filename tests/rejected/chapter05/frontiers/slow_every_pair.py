# fails: speed
# says: bar 3×
def dominance_frontiers(successors, idoms):
    """The definition, word by word: for each block the set of its dominators."""
    dominators = []
    for block in range(len(successors)):
        up = []
        runner = block
        while runner is not None:
            up.append(runner)
            runner = idoms[runner]
        dominators.append(up)
    frontiers = [set() for _ in successors]
    for block, targets in enumerate(successors):
        if block != 0 and idoms[block] is None:
            continue
        for target in targets:
            strict = set(dominators[target]) - {target}
            for a in dominators[block]:
                if a not in strict:
                    frontiers[a].add(target)
    return frontiers
