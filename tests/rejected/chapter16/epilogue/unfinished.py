# fails: tests
# says: NotImplementedError
def linear(x, weight, scale, bias, residual):
    raise NotImplementedError("later")
