# fails: tests
# says: .
# Asks the compiler for the answer.
def dce(root: Operation) -> int:
    return PASSES["dce"].run(root)
