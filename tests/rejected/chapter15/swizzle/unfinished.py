# fails: tests
# says: NotImplementedError
def swizzle(row, column, width):
    raise NotImplementedError('later')
