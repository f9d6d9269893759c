# ---- ch01-evaluate ----
class Evaluator:
    def __init__(self, values):
        self.values = values
    def evaluate_node(self, node):
        return getattr(self, "on_" + type(node).__name__)(node)
    def on_str(self, node): return self.values[node]
    def on_float(self, node): return node
    def on_tuple(self, node):
        return ARITHMETIC[node[0]](*map(self.evaluate_node, node[1:]))
def evaluate(tree, values):
    return Evaluator(values).evaluate_node(tree)
