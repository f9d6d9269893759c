# fails: tests
# says: NotImplementedError
def softmax(x):
    raise NotImplementedError('later')
