# fails: speed
# says: the book's questions
# Shares the first question, and none of the others.
def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    root = Node([], (), "name")
    for number, tests in enumerate(rules):
        first, *others = tests
        node = Node([number])
        for path, question, answer in reversed(others):
            node = Node([], path, question, {answer: node})
        before = root.answers.get(first[2])
        if others:
            node.otherwise = before
            root.answers[first[2]] = node
        elif before is None:
            root.answers[first[2]] = node
        else:
            before.matched.append(number)
    return root
