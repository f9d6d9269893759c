# fails: tests
# says: starts from nothing|guesses before it knows
table = {}


def predict_branches(branches, taken):
    predicted = np.empty(len(taken), np.bool_)
    for t, (branch, went) in enumerate(zip(branches.tolist(), taken.tolist())):
        counter = table.get(branch, 1)
        predicted[t] = counter >= 2
        table[branch] = min(counter + 1, 3) if went else max(counter - 1, 0)
    return predicted
