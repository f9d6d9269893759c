# fails: tests
# says: guesses before it knows
# Right in everything but the order of two lines.
@njit
def run(branches, taken, counters, predicted):
    for t in range(len(branches)):
        b = branches[t] & 4095
        counters[b] = min(counters[b] + 1, 3) if taken[t] else max(counters[b] - 1, 0)
        predicted[t] = counters[b] >= 2


def predict_branches(branches, taken):
    predicted = np.empty(len(taken), np.bool_)
    run(branches, taken, np.ones(4096, np.int64), predicted)
    return predicted
