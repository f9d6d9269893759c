# fails: tests
# says: switched off
def copies(module):
    return mlir.copies(module)
