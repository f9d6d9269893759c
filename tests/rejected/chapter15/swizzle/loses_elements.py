# fails: tests
# says: a word of its own|stays in its own
def swizzle(row, column, width):
    return row * width + (column | row % width)
