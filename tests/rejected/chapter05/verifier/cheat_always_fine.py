# fails: tests
# says: expected: \[\('dominance'
def violations(func):
    return []
