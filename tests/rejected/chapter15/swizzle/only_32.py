# fails: tests
# says: [Ww]idth
def swizzle(row, column, width):
    return row * width + (column ^ row % 32)
