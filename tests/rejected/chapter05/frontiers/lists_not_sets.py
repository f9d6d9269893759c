# fails: tests
# says: is a list, expected a set
def dominance_frontiers(successors, idoms):
    frontiers = [[] for _ in successors]
    for block, targets in enumerate(successors):
        if block != 0 and idoms[block] is None:
            continue
        for target in targets:
            runner = block
            while runner is not None and runner != idoms[target]:
                frontiers[runner].append(target)
                runner = idoms[runner]
    return frontiers
