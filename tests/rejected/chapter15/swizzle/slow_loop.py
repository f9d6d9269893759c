# fails: speed
# says: the book's CPU time|still running
def swizzle(row, column, width):
    word = np.empty(row.shape, np.int64)
    places = word.reshape(-1)
    together = max(1, 32 // width)
    for number, (r, c) in enumerate(zip(row.reshape(-1).tolist(), column.reshape(-1).tolist())):
        places[number] = r * width + (c ^ (r // together) % min(width, 32))
    return word
