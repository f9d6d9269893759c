# fails: speed
# says: cache misses
# needs: valgrind
# All but one are vector loops, and there are five.
@njit(fastmath={"reassoc"})
def sum_of(x):
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total


@njit(error_model="numpy")
def softmax(x, y):
    for row in range(x.shape[0]):
        u, v = x[row], y[row]
        largest = np.float32(-np.inf)
        for i in range(u.size):
            largest = u[i] if u[i] > largest or u[i] != u[i] else largest
        for i in range(u.size):
            v[i] = u[i] - largest
        for i in range(u.size):
            v[i] = exp_of(v[i])
        factor = np.float32(1) / sum_of(v)
        for i in range(u.size):
            v[i] *= factor
