"""A decision tree that asks first what most rules want to know."""

from collections import Counter
from collections.abc import Hashable, Sequence

from tern.rewrite.matching import Node
from tern.rewrite.questions import Test


class _Asking:
    """A rule on its way through the tree: what it still has to ask."""

    def __init__(self, number: int, tests: Sequence[Test]):
        self.number = number
        self.left = {}  # (path, question) -> (answer, what has to be asked before)
        for path, question, answer in tests:
            about = [path]
            if isinstance(question, tuple):
                about.append(question[1])
            before = {
                key for key in self.left if any(key[0] == each[: len(key[0])] for each in about)
            }
            self.left[path, question] = (answer, before)

    def possible(self):
        return [key for key, (_, before) in self.left.items() if before.isdisjoint(self.left)]


def _grow(rules: list[_Asking]) -> Node:
    """The tree of rules that have got all answers so far."""
    top = Node([rule.number for rule in rules if not rule.left])
    rules = [rule for rule in rules if rule.left]
    node = top
    while rules:
        votes = Counter(key for rule in rules for key in rule.possible())
        key = votes.most_common(1)[0][0]
        path, question = key
        by_answer: dict[Hashable, list[_Asking]] = {}
        others = []
        for rule in rules:
            if key in rule.left and rule.left[key][1].isdisjoint(rule.left):
                by_answer.setdefault(rule.left.pop(key)[0], []).append(rule)
            else:
                others.append(rule)
        node.path, node.question = path, question
        node.answers = {answer: _grow(group) for answer, group in by_answer.items()}
        rules = others
        if rules:
            node.otherwise = Node([])
            node = node.otherwise
    return top


def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    """A tree that asks first what most rules want to know."""
    return _grow([_Asking(number, tests) for number, tests in enumerate(rules)])
