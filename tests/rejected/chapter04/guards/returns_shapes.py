# fails: tests
# says: Guard|expected|guards say|no use
def guards(parameters, known=None):
    return [shape for shape in parameters if known is None]
