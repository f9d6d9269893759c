# fails: tests
# says: row and column are changed
def swizzle(row, column, width):
    column ^= (row // max(1, 32 // width)) % min(width, 32)
    return row * width + column
