# fails: tests
# says: NotImplementedError
def tiled_matmul(a, b):
    raise NotImplementedError("later")
