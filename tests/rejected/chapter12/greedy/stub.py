# fails: tests
# says: still applies
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    return Statistics()
