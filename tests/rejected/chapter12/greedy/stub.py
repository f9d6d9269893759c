# fails: tests
# says: nothing
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    return Statistics()
