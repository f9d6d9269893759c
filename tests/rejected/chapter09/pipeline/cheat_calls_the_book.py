# fails: tests
# says: .
# Asks the compiler for the answer.
def optimize(module: Operation) -> None:
    tern.passes.optimize(module)
