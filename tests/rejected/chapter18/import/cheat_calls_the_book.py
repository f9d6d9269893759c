# fails: tests
# says: switched off
def to_tern(func):
    return stablehlo.to_tern(func)
