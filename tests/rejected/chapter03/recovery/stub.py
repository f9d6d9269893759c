# fails: tests
# says: expected: 4
def recover(cursor, start):
    pass
