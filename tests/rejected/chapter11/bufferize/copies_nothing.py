# fails: tests
# says: an argument was written to
def copies(module):
    return []
