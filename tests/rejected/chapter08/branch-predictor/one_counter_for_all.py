# fails: tests
# says: not told apart
def predict_branches(branches, taken):
    predicted, counter = np.empty(len(taken), np.bool_), 1
    for t, went in enumerate(taken.tolist()):
        predicted[t] = counter >= 2
        counter = min(counter + 1, 3) if went else max(counter - 1, 0)
    return predicted
