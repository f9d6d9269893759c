# fails: speed
# says: as fast as the baseline|instructions
@njit
def vector_exp(x, y):
    for i in range(x.size):
        v = np.float64(x[i])
        if v != v:
            y[i] = x[i]
        elif v > 89:
            y[i] = np.inf
        elif v < -105:
            y[i] = 0
        else:
            n = np.rint(v * 1.4426950408889634)
            r = v - n * 0.6931471805599453
            total = 1.0
            for k in range(12, 0, -1):
                total = 1.0 + r / k * total
            y[i] = total * 2.0 ** np.int32(n)
