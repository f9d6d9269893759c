# fails: tests
# says: stays in its own|a word of its own
def swizzle(row, column, width):
    return column * width + (row ^ column)
