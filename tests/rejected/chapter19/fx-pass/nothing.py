# fails: speed
# says: nodes
def simplify(module):
    return module
