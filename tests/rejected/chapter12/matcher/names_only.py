# fails: tests
# says: a rule is found that doesn't match
# Looks at the names of operations, and neither at numbers nor at what must be equal.
def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    root = Node([])
    for number, tests in enumerate(rules):
        node = root
        for path, question, answer in [test for test in tests if test[1] == "name"]:
            while node.answers and (node.path, node.question) != (path, question):
                if node.otherwise is None:
                    node.otherwise = Node([])
                node = node.otherwise
            node.path, node.question = path, question
            node = node.answers.setdefault(answer, Node([]))
        node.matched.append(number)
    return root
