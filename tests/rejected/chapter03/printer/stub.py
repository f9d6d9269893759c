# fails: tests
# says: is None: is a `return` missing
def show(node):
    pass
