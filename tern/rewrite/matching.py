"""Many rules compiled into one tree of questions, which asks what they share once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from tern.ir import Operation
from tern.parts import part
from tern.rewrite.questions import Path, Test, ask
from tern.rewrite.rule import Rule

Ask = Callable[[Operation, Path, Hashable], Hashable]
Asked = tuple[Path, Hashable]


@dataclass
class Node:
    """A question, where each answer leads, and where to go on whatever the answer is.

    `matched` are the numbers of the rules all of whose questions have been answered on the way.
    """

    matched: list[int]
    path: Path = ()
    question: Hashable = None
    answers: dict[Hashable, Node] = field(default_factory=dict)
    otherwise: Node | None = None


def may_ask(test: Test, left: Iterable[Test]) -> bool:
    """Whether none of the tests that are left must come before: those for the names of the
    operations that the path leads through, and of the one that the question is about."""
    other = test.question[1] if isinstance(test.question, tuple) else ()
    needed = {path[:end] for path in (test.path, other) for end in range(len(path))}
    if test.question != "name":
        needed |= {test.path, other}
    return not any(each.question == "name" and each.path in needed for each in left)


def tree(rules: Sequence[tuple[int, frozenset[Test]]]) -> Node | None:
    """The tree for rules, by their numbers, each with the tests that are left of it."""
    if not rules:
        return None
    node = Node([number for number, left in rules if not left])
    waiting = [(number, left) for number, left in rules if left]
    if not waiting:
        return node
    common = Counter(
        (test.path, test.question)
        for _, left in waiting
        for test in sorted(left, key=repr)
        if may_ask(test, left)
    )
    node.path, node.question = common.most_common(1)[0][0]
    others, by_answer = [], {}
    for number, left in waiting:
        found = next((t for t in left if (t.path, t.question) == (node.path, node.question)), None)
        if found is None or not may_ask(found, left):
            others.append((number, left))
        else:
            by_answer.setdefault(found.answer, []).append((number, left - {found}))
    node.answers = {answer: tree(each) for answer, each in by_answer.items()}
    node.otherwise = tree(others)
    return node


@part("rewrite.matcher", helpers=(Node, may_ask, tree))
def matcher(rules: Iterable[Rule], ask: Ask = ask) -> Callable[[Operation], list[Rule]]:
    """A function that gives for an operation the rules that match it, best first: by benefit, and
    then in the order of `rules`. Conditions are not its affair.

    A rule matches where each of its `tests`, (path, question, answer), gets the answer it wants
    from `ask(op, path, question)`. A question may be asked once it is known that there are
    operations on the way to its path: the rule's own tests are in such an order. The function asks
    through `ask` alone, and a question that several rules share once for all of them.

    It is a tree as PDL's interpreter has one, MLIR's: the most frequent question first, a subtree
    for each answer that some rule wants, and one for the rules that don't ask. So a rule is in the
    tree once, and the tree is as large as the rules together. Building it takes O(tests squared);
    matching, O(questions on the paths that the operation takes).
    """
    ordered = sorted(rules, key=lambda rule: -rule.benefit)
    root = tree([(number, frozenset(rule.tests)) for number, rule in enumerate(ordered)])

    def match(op: Operation) -> list[Rule]:
        found: list[int] = []
        nodes = [root]
        while nodes:
            node = nodes.pop()
            while node is not None:
                found += node.matched
                if node.answers:
                    nodes.append(node.answers.get(ask(op, node.path, node.question)))
                node = node.otherwise
        return [ordered[number] for number in sorted(found)]

    return match
