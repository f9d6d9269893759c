# fails: tests
# says: was not written by a Triton kernel
def add(x, y):
    return x + y
