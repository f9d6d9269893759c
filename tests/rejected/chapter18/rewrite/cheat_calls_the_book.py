# fails: tests
# says: switched off
def narrow(module):
    return xla.narrow(module)
