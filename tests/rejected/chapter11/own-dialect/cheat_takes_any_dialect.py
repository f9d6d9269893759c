# fails: tests
# says: expected MLIRError
def read_matrices(text: str) -> str:
    context = ir.Context()
    context.allow_unregistered_dialects = True
    return str(ir.Module.parse(text, context))
