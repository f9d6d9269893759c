# fails: tests
# says: .
# Asks the table of passes for the answer.
def licm(root: Operation) -> int:
    return PASSES["licm"].run(root)
