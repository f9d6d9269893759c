# fails: tests
# says: the book's own version is switched off
def read_matrices(text: str) -> str:
    with ir.Context():
        mlir.matrix_dialect().load()
        return str(ir.Module.parse(text))
