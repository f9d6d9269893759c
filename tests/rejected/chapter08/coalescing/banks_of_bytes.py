# fails: tests
# says: Four bytes of one word|four words|differ
# Right on the visible warps. Bytes are taken for words.
def warp_costs(values, active, kind, size=4):
    found = np.zeros(len(values), np.int64)
    for w in range(len(values)):
        row = values[w][active[w]]
        if kind == "paths":
            found[w] = len(np.unique(row))
        elif kind == "sectors":
            found[w] = len(np.unique(np.concatenate([row, row + size - 1]) // 32))
        else:
            found[w] = np.bincount(np.unique(row) % 32, minlength=32).max()
    return found
