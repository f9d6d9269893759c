# fails: tests
# says: width
def swizzle(row, column, width):
    return row * width + (column ^ row % 32)
