# fails: tests
# says: switched off
def infer(expression, context, expected=None):
    return tern.check.infer(expression, context, expected)
