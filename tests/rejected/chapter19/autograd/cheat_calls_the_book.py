# fails: tests
# says: switched off
from tern.workshop import frameworks


def backward(function, *inputs, seed=None):
    return frameworks.backward(function, *inputs, seed=seed)
