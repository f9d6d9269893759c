# fails: tests
# says: a word of its own, from 0 to
def swizzle(row, column, width):
    return row * (width + 1) + column
