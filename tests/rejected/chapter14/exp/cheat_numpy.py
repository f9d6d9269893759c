# fails: tests
# says: short cut
def vector_exp(x, y):
    y[:] = np.exp(x)
