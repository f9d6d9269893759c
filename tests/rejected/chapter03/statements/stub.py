# fails: tests
# says: is None: is a `return` missing
def parse_block(cursor):
    pass
