# fails: tests
# says: changed nothing
def dce(root: Operation) -> int:
    return 0
