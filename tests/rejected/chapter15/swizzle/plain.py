# fails: tests
# says: of column 0 take 32 turns, and should take 1
def swizzle(row, column, width):
    return row * width + column
