# fails: tests
# says: switched off
def add(x, y):
    return kernels.add(x, y)
