# fails: tests
# says: column of 32 rows is to take one turn
def swizzle(row, column, width):
    return row * width + column
