# fails: tests
# says: switched off
def copies(module):
    return mlir.mlir_copies(module)
