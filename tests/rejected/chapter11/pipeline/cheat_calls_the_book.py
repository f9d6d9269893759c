# fails: tests
# says: switched off
def fast_matmul():
    return mlir.fast_matmul()
