# fails: tests
# says: switched off
def trace(function, *types):
    return xla.trace(function, *types)
