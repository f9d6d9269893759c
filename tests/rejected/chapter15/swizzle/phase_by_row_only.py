# fails: tests
# says: should take 1|stays in its own|of its own
def swizzle(row, column, width):
    return row * width + (column ^ row % width)
