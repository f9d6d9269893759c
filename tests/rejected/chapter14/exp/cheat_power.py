# fails: tests
# says: `\*\*` .* is a short cut
# A power has no name, and is the library's even so: it is made of exp.
@njit
def vector_exp(x, y):
    for i in range(x.size):
        y[i] = 2.718281828459045 ** np.float64(x[i])
