# fails: tests
# says: The edge from block 2 never runs
def dominance_frontiers(successors, idoms):
    frontiers = [set() for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            runner = block
            while runner is not None and runner != idoms[target]:
                frontiers[runner].add(target)
                runner = idoms[runner]
    return frontiers
