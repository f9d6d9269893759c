# fails: tests
# says: is None: is a `return` missing
def select(tree, patterns):
    pass
