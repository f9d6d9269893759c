# fails: tests
# says: multiple of no block|numbers differ
@njit
def tiled_conv(X, W, Y):

    Y[:] = 0
    blocks = X.shape[0] // 8 * 8 if X.shape[0] > 8 else X.shape[0]
    for o in range(Y.shape[0]):
        for c in range(blocks):
            for d in range(3):
                for e in range(3):
                    for i in range(Y.shape[1]):
                        for j in range(Y.shape[2]):
                            Y[o, i, j] += W[o, c, d, e] * X[c, i + d, j + e]
