# fails: tests
# says: multiple of no block|numbers differ
@njit
def tiled_conv(X, W, Y):

    for c0 in range(0, max(1, X.shape[0]), 8):
        Y[:] = 0
        for o in range(Y.shape[0]):
            for c in range(c0, min(c0 + 8, X.shape[0])):
                for i in range(Y.shape[1]):
                    for j in range(Y.shape[2]):
                        for d in range(3):
                            for e in range(3):
                                Y[o, i, j] += W[o, c, d, e] * X[c, i + d, j + e]
