# fails: speed
# says: the book's CPU time
def warp_costs(values, active, kind, size=4):
    found = np.zeros(len(values), np.int64)
    for w in range(len(values)):
        row = values[w][active[w]]
        if kind == "paths":
            found[w] = len(np.unique(row))
        elif kind == "sectors":
            found[w] = len(np.unique(np.concatenate([row, row + size - 1]) // 32))
        else:
            words = np.unique((row[:, None] // 4 + np.arange(max(1, size // 4))).ravel())
            found[w] = np.bincount(words % 32, minlength=32).max()
    return found
