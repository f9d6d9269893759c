# fails: tests
# says: NotImplementedError
def capture(function, *arguments):
    raise NotImplementedError
