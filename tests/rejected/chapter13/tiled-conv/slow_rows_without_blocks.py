# fails: speed
# says: first-level cache misses
# needs: valgrind
@njit
def tiled_conv(X, W, Y):

    for o in range(Y.shape[0]):
        for i in range(Y.shape[1]):
            y = Y[o, i]
            for j in range(y.size):
                y[j] = 0
            for c in range(X.shape[0]):
                for d in range(3):
                    x = X[c, i + d]
                    w0, w1, w2 = W[o, c, d, 0], W[o, c, d, 1], W[o, c, d, 2]
                    for j in range(y.size):
                        y[j] += w0 * x[j] + w1 * x[j + 1] + w2 * x[j + 2]
