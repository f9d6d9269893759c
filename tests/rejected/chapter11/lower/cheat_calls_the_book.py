# fails: tests
# says: switched off
def lower_matrices(text: str) -> str:
    return mlir.lower_matrices(text)
