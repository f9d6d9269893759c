# fails: tests
# says: not written by a Triton kernel
def tiled_matmul(a, b):
    return torch.matmul(a, b)
