# fails: speed
# says: mispredictions of two_bit
# One bit, not two: it is wrong twice around each loop.
def predict_branches(branches, taken):
    predicted, last = np.empty(len(taken), np.bool_), {}
    for t, (branch, went) in enumerate(zip(branches.tolist(), taken.tolist())):
        predicted[t] = last.get(branch, False)
        last[branch] = went
    return predicted
