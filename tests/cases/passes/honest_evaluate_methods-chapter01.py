# ---- ch01-evaluate ----
class Evaluator:
    """A visitor with a method eval, which is not the built-in one."""
    def __init__(self, values):
        self.values = values
    def eval(self, node):
        match node:
            case str(name):
                return self.values[name]
            case (operation, *operands):
                return ARITHMETIC[operation](*[self.eval(each) for each in operands])
        return node
def evaluate(tree, values):
    return Evaluator(values).eval(tree)
