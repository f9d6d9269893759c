# fails: tests
# says: NotImplementedError
def transpose(x):
    raise NotImplementedError('later')
