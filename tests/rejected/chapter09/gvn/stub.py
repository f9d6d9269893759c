# fails: tests
# says: is a `return` missing|None
def gvn(root):
    pass
