# fails: tests
# says: is None: is a `return` missing
def parallel_copies(moves, scratch):
    pass
