# fails: tests
# says: is a `return` missing|None
def sccp(root):
    pass
