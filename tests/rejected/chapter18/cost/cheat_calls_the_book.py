# fails: tests
# says: switched off
def cost(module):
    return xla.cost(module)
