# fails: tests
# says: linalg.\w+, 0 are enough
# tern's own text is MLIR, too, but not this one.
def emit_generic(func: Operation) -> str:
    return f"module {{\n{func}\n}}"
