# fails: tests
# says: short cut|switched off
import math


@njit
def vector_exp(x, y):
    for i in range(x.size):
        y[i] = math.exp(x[i])
