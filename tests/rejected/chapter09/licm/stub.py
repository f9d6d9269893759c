# fails: tests
# says: is None: is a `return` missing|expected
def licm(root: Operation) -> int:
    return 0
