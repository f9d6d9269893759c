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
    """A question, where each answer leads, and where to go on as well, whatever the answer is.

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


def subtree(rules: Sequence[tuple[int, frozenset[Test]]]) -> Node:
    """The tree for rules, by their numbers, each with the tests that are left of it."""
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
    node.answers = {answer: subtree(each) for answer, each in by_answer.items()}
    node.otherwise = subtree(others) if others else None
    return node


@part("rewrite.decision_tree", helpers=(may_ask, subtree))
def decision_tree(rules: Sequence[Sequence[Test]]) -> Node:
    """The questions that decide which of many rules match, as a tree: `answered` goes through it.

    Each rule is its tests, (path, question, answer): it matches where each question, about what is
    at the path, gets that answer. So it is `matched` at every node that is only reached once all of
    its tests have been answered as it wants, and at least at one on the way of any operation that
    it matches. Before a question about what is at a path, those for the names of the operations on
    the way to it have been answered, and the one for its own name, if the rule asks for that. A
    rule's own tests come in an order that allows for this.

    The most frequent question comes first, with a subtree for each answer that some rule wants, and
    one for the rules that don't ask, as in PDL's interpreter (mlir/lib/Conversion/PDLToPDLInterp).
    So a rule is in the tree once, and the tree has at most a node for each test, and one more.
    O(tests squared).
    """
    return subtree([(number, frozenset(tests)) for number, tests in enumerate(rules)])


def answered(tree: Node, op: Operation, ask: Ask = ask) -> list[int]:
    """The numbers of the rules that match an operation, in order. O(questions on its way)."""
    found: set[int] = set()
    nodes = [tree]
    while nodes:
        node: Node | None = nodes.pop()
        while node is not None:
            found.update(node.matched)
            if node.answers:
                then = node.answers.get(ask(op, node.path, node.question))
                nodes += [] if then is None else [then]
            node = node.otherwise
    return sorted(found)


def matcher(rules: Iterable[Rule], ask: Ask = ask) -> Callable[[Operation], list[Rule]]:
    """A function that gives for an operation the rules that match it, best first: by benefit, and
    then in the order of `rules`. Conditions are not its affair. It asks through `ask` alone, and a
    question that several rules share once for all of them: see `decision_tree`."""
    ordered = sorted(rules, key=lambda rule: -rule.benefit)
    tree = decision_tree([rule.tests for rule in ordered])
    return lambda op: [ordered[number] for number in answered(tree, op, ask)]
