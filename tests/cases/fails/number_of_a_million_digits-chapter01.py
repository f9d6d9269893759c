# ---- ch01-evaluate ----
def evaluate(tree, values):
    """Too long for str, and for a float."""
    return 10 ** 1_000_000
