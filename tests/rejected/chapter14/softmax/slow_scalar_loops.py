# fails: speed
# says: as fast as the baseline
@njit(error_model="numpy")
def softmax(x, y):
    for row in range(x.shape[0]):
        largest = np.float32(-np.inf)
        for i in range(x.shape[1]):
            largest = x[row, i] if x[row, i] > largest else largest
        total = np.float32(0)
        for i in range(x.shape[1]):
            y[row, i] = exp_of(x[row, i] - largest)
            total += y[row, i]
        for i in range(x.shape[1]):
            y[row, i] /= total
