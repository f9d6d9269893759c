# fails: tests
# says: operations are enough
def narrow(module):
    return module
