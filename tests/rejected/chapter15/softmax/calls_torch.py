# fails: tests
# says: was not written by a Triton kernel
def softmax(x):
    return torch.softmax(x, dim=1)
