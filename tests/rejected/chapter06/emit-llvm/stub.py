# fails: tests
# says: expected LLVM IR as a text, got
def emit_llvm(func):
    pass
