# fails: tests
# says: switched off|cannot import|No module|is not available|halted|ImportError|ModuleNotFound
def emit_generic(func: Operation) -> str:
    from tern.targets.mlir.to_linalg import to_linalg

    return f"module {{\n{to_linalg(func)}\n}}"
