# fails: tests
# says: NotImplementedError
def convert(module, conversion):
    raise NotImplementedError()
