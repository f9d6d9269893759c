# fails: tests
# says: differ
@njit(error_model="numpy")
def softmax(x, y):
    for row in range(x.shape[0]):
        total = np.float32(0)
        for i in range(x.shape[1]):
            y[row, i] = exp_of(x[row, i])
            total += y[row, i]
        for i in range(x.shape[1]):
            y[row, i] /= total
