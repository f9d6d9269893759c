# fails: tests
# says: switched off
def fast_convolution():
    return mlir.fast_convolution()
