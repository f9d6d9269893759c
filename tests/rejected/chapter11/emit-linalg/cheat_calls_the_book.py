# fails: tests
# says: switched off
def emit_generic(func: Operation) -> str:
    return mlir.emit_generic(func)
