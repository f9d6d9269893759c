# fails: tests
# says: is None: is a `return` missing
def liveness(blocks, successors):
    pass
