# fails: tests
# says: switched off while yours is checked
def evaluate(tree, values):
    return calc.evaluate(tree, values)
