# fails: tests
# says: .
# Asks the compiler for the answer.
def licm(root: Operation) -> int:
    return tern.passes.licm(root)
