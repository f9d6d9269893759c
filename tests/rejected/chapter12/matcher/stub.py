# fails: tests
# says: a rule that matches isn't found
def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    return Node([])
