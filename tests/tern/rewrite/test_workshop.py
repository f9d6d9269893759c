"""What the exercises are judged by tells right answers from wrong ones."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import tern.ir
import tern.rewrite
from tern.ir import is_speculatable
from tern.rewrite import (
    RewriteError,
    Rewriter,
    Rule,
    Statistics,
    decision_tree,
    fold,
    questions,
    rule,
)
from tern.rewrite.canonical import patterns
from tern.rewrite.greedy import ERASED, FOLDED
from tern.rewrite.matching import Node, answered
from tern.workshop import rewriting

REJECTED = Path(__file__).parents[2] / "rejected" / "chapter12"


def handed_in(name: str) -> Any:
    """The function of a rejected submission."""
    names = {
        "tern": tern, "Operation": tern.ir.Operation, "is_speculatable": is_speculatable,
        "RewriteError": RewriteError, "Rewriter": Rewriter, "Statistics": Statistics,
        "Rule": Rule, "fold": fold, "rule": rule, "ask": questions.ask, "Node": Node,
        "Test": questions.Test, "Sequence": Sequence, "Counter": Counter,
        "ERASED": ERASED, "FOLDED": FOLDED,
    }  # fmt: skip
    exec((REJECTED / f"{name}.py").read_text(), names)
    return names["greedy" if name.startswith("greedy/") else "decision_tree"]


def test_the_book_leaves_less_than_half_and_of_illegal_ones_all() -> None:
    before = sum(rewriting.left(rewriting.program(title)) for title in rewriting.SUITE)
    after = sum(rewriting.left(rewriting.program(title), patterns()) for title in rewriting.SUITE)
    assert 2 * after < before
    assert rewriting.left(rewriting.program("not neutral"), patterns()) == 4


def test_a_tree_asks_a_third_or_less() -> None:
    rules = rewriting.many_rules(200)
    tests = [each.tests for each in rules]
    module = rewriting.program_for_many(random.Random(1), 300)
    counts, found = [], []
    for way in (decision_tree, handed_in("matcher/slow_by_root_alone")):
        tree, asked = way(tests), rewriting.Asked()
        found.append([answered(tree, op, asked) for op in module.walk()])
        counts.append(asked.times)
    assert found[0] == found[1] and any(found[0])
    assert 3 * counts[0] < counts[1]


@pytest.mark.parametrize("text", ["mulf(x, 0.0) -> 0.0", "divsi(x, 1) -> x", "minsi(x, y) -> x"])
def test_what_is_wrong_with_a_rule_is_said(text: str) -> None:
    assert rewriting.wrong_with(rule("wrong", text), 1).startswith("wrong: of ")


def test_nothing_is_wrong_with_the_peepholes_which_leave_half() -> None:
    rules, chance = rewriting.peepholes(), random.Random()
    assert [wrong for each in rules if (wrong := rewriting.wrong_with(each, 1))] == []
    assert 2 * rewriting.left_of_all(rules, chance) < rewriting.left_of_all([], chance)


@pytest.mark.parametrize(
    "text",
    ["rsqrt(x) -> rsqrt(x)", "remui(x, C) -> remui(x, C)", "select(c, x, y) -> select(c, x, y)"],
)
def test_a_rule_without_end_is_found_wherever_it_is_about(text: str) -> None:
    others = rewriting.peepholes()
    assert rewriting.without_end(others) == ""
    assert rewriting.without_end([*others, rule("again", text)]).startswith("again: ")


def test_what_unwinds_takes_one_look_at_each_but_a_sweep_for_each() -> None:
    rules = [rule("add-zero", "addi(x, 0) -> x")]
    visits = [tern.rewrite.greedy(rewriting.unwinding(n), rules).visits for n in (20, 40)]
    assert visits[1] < 2.2 * visits[0]
    slow = handed_in("greedy/slow_sweeps")
    swept = [slow(rewriting.unwinding(n), rules).visits for n in (20, 40)]
    assert swept[1] > 3 * swept[0]


@pytest.mark.parametrize("name", ["one_sweep", "forgets_the_users"])
def test_rejected_drivers_leave_what_applies(name: str) -> None:
    wrong = handed_in(f"greedy/{name}")
    rules = [rule("add-zero", "addi(x, 0) -> x"), rule("itself", "subi(x, x) -> 0")]
    left = 0
    for seed in range(40):
        module = rewriting.random_expressions(seed, 60)
        wrong(module, rules)
        left += tern.rewrite.greedy(module, rules).changes
    assert left


def test_a_driver_that_begins_again_is_right_and_quadratic() -> None:
    slow, rules = handed_in("greedy/slow_begins_again"), [rule("zero", "addi(x, 0) -> x")]
    visits = [slow(rewriting.chain(n, idle=n), rules).visits for n in (20, 40)]
    ours = [tern.rewrite.greedy(rewriting.chain(n, idle=n), rules).visits for n in (20, 40)]
    assert visits[1] > 3 * visits[0] and ours[1] <= 2 * ours[0]
    with pytest.raises(RewriteError, match="undo each other"):
        module = rewriting.chain(1, "arith.muli", 2)
        slow(module, rewriting.ping_pong(), limit=20)
