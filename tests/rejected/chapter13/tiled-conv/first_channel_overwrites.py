# fails: tests
# says: Without input channels
@njit
def tiled_conv(X, W, Y):

    for o in range(Y.shape[0]):
        for c in range(X.shape[0]):
            for i in range(Y.shape[1]):
                for j in range(Y.shape[2]):
                    total = np.float32(0)
                    for d in range(3):
                        for e in range(3):
                            total += W[o, c, d, e] * X[c, i + d, j + e]
                    if c == 0:
                        Y[o, i, j] = total
                    else:
                        Y[o, i, j] += total
