# fails: tests
# says: `eval`
def evaluate(tree, values):
    def text(node):
        if isinstance(node, tuple):
            return f"A[{node[0]!r}]({', '.join(map(text, node[1:]))})"
        return f"values[{node!r}]" if isinstance(node, str) else f"float({str(node)!r})"

    return eval(text(tree), {"A": ARITHMETIC, "values": values, "float": float})
