"""Rules, trees of questions, and statistics cross; what is no data of that kind doesn't."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from autograder.worker import codecs, wire
from tern.rewrite import Pattern, Statistics, decision_tree, variants
from tern.rewrite.matching import Node, answered
from tern.rewrite.rules import RULES
from tern.workshop import rewriting

codecs.register_tern()


def crossed(value: Any) -> Any:
    return wire.Encoded.of(value).decode()


def test_every_rule_crosses() -> None:
    for each in (variant for rule in RULES for variant in variants(rule)):
        other = crossed(each)
        assert repr(other) == repr(each)
        assert (other.left, other.right, other.conditions) == (
            each.left,
            each.right,
            each.conditions,
        )


def test_a_tree_that_crossed_finds_the_same() -> None:
    rules = rewriting.many_rules(60)
    tests = crossed([each.tests for each in rules])
    assert tests == [each.tests for each in rules]
    tree = decision_tree(tests)
    module = rewriting.program_for_many(random.Random(1), 200)
    found = [answered(tree, op) for op in module.walk()]
    assert [answered(crossed(tree), op) for op in module.walk()] == found and any(found)


def test_a_deep_tree_and_a_circle_cross() -> None:
    tree = Node([1])
    for _ in range(5_000):
        tree = Node([], otherwise=tree)
    depth, node = 0, crossed(tree)
    while node.otherwise is not None:
        depth, node = depth + 1, node.otherwise
    assert depth == 5_000 and node.matched == [1]
    circle = Node([])
    circle.otherwise = circle
    other = crossed(circle)
    assert other.otherwise is other


def test_statistics_and_known_patterns_cross() -> None:
    done = Statistics(Counter({"a": 2}), Counter({"a": 3, "b": 1}), 7)
    assert crossed(done) == done
    assert crossed(list(rewriting.PING_PONG)) == list(rewriting.PING_PONG)


@pytest.mark.parametrize(
    "value",
    [
        Pattern("sum-is-product", "arith.addi", lambda op, rewriter: False),
        Node([], answers={"x": "y"}),  # type: ignore[dict-item]
        Statistics({"a": 1}),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_no_use_to_a_caller_does_not_cross(value: Any) -> None:
    with pytest.raises(wire.Unsendable):
        crossed(value)


def test_a_matcher_crosses_and_finds_the_same() -> None:
    match = rewriting.Compiled(rewriting.many_rules(30))
    other = crossed(match)
    module = rewriting.program_for_many(random.Random(2), 100)
    found = [[each.name for each in match(op)] for op in module.walk()]
    assert [[each.name for each in other(op)] for op in module.walk()] == found and any(found)
