# fails: tests
# says: head of a loop is in its own frontier
def dominance_frontiers(successors, idoms):
    frontiers = [set() for _ in successors]
    for block, targets in enumerate(successors):
        if block != 0 and idoms[block] is None:
            continue
        for target in targets:
            runner = block
            while runner is not None and runner != idoms[target] and runner != target:
                frontiers[runner].add(target)
                runner = idoms[runner]
    return frontiers
