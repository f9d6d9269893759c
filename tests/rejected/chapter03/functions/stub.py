# fails: tests
# says: is None: is a `return` missing
def parse(source):
    pass
