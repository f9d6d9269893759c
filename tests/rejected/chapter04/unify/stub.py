# fails: tests
# says: is None|return
def unify(equations, fixed=()):
    pass
