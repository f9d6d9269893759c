# fails: tests
# says: switched off
def tiled_matmul(a, b):
    return kernels.matmul(a, b)
