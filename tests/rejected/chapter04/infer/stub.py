# fails: tests
# says: expected
def infer(expression, context, expected=None):
    pass
