# fails: speed
# says: the book's questions
# Right, and asks every rule's questions anew.
def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    tree = Node([])
    for number, tests in reversed(list(enumerate(rules))):
        node = Node([number])
        for path, question, answer in reversed(tests):
            node = Node([], path, question, {answer: node})
        node.otherwise = tree
        tree = node
    return tree
