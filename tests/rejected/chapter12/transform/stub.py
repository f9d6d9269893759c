# fails: tests
# says: NotImplementedError
def fast_convolution():
    raise NotImplementedError()
