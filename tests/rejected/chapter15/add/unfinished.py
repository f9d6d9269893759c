# fails: tests
# says: NotImplementedError
def add(x, y):
    raise NotImplementedError('later')
