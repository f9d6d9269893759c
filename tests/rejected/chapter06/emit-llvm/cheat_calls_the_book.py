# fails: tests
# says: switched off
def emit_llvm(func):
    return llvm.llvm_text(func)
