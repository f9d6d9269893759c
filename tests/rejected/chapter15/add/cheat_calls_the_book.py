# fails: tests
# says: switched off
def add(x, y):
    return triton_kernels.add(x, y)
