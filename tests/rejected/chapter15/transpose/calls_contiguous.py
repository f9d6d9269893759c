# fails: tests
# says: was not written by a Triton kernel
def transpose(x):
    return x.T.contiguous()
