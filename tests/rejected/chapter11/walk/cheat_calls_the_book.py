# fails: tests
# says: the book's own version is switched off
def summarize(module: ir.Module) -> dict[str, Any]:
    return mlir.summarize(module)
