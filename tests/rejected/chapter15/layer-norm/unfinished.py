# fails: tests
# says: NotImplementedError
def layer_norm(x, weight, bias, epsilon=1e-5):
    raise NotImplementedError('later')
