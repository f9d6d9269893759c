# fails: tests
# says: expected|differs
# A tree made by hand was read from no text.
def show(node):
    """The text that the tree was read from, if it knows it."""
    source = getattr(node, "source", None)
    return source.text if source else str(node)
