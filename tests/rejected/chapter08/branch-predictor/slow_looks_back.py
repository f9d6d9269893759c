# fails: speed
# says: the book's CPU time|too long|time
# Right, and slow: the counter is worked out anew from the branch's past, each time.
def predict_branches(branches, taken):
    predicted, pasts = np.empty(len(taken), np.bool_), {}
    for t, (branch, went) in enumerate(zip(branches.tolist(), taken.tolist())):
        past, counter = pasts.setdefault(branch, []), 1
        for each in past[-30:]:
            counter = min(counter + 1, 3) if each else max(counter - 1, 0)
        predicted[t] = counter >= 2
        past.append(went)
    return predicted
