# fails: speed
# says: first-level cache misses
# needs: valgrind
@njit
def tiled_conv(X, W, Y):

    Y[:] = 0
    for o in range(Y.shape[0]):
        for c in range(X.shape[0]):
            for d in range(3):
                for e in range(3):
                    weight = W[o, c, d, e]
                    for i in range(Y.shape[1]):
                        for j in range(Y.shape[2]):
                            Y[o, i, j] += weight * X[c, i + d, j + e]
