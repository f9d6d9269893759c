"""What the exercises are judged by tells right answers from wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tern.ir
import tern.rewrite
from tern.ir import is_speculatable
from tern.rewrite import RewriteError, Rewriter, Rule, Statistics, fold, matcher, rule
from tern.rewrite.canonical import patterns
from tern.rewrite.questions import ask
from tern.workshop import rewriting

REJECTED = Path(__file__).parents[2] / "rejected" / "chapter12"


def handed_in(name: str) -> Any:
    """The function of a rejected submission."""
    names = {
        "tern": tern, "Operation": tern.ir.Operation, "is_speculatable": is_speculatable,
        "RewriteError": RewriteError, "Rewriter": Rewriter, "Statistics": Statistics,
        "Rule": Rule, "fold": fold, "rule": rule, "ask": ask,
    }  # fmt: skip
    exec((REJECTED / f"{name}.py").read_text(), names)
    return names[name.partition("/")[0]]


def test_the_book_leaves_less_than_half_and_of_illegal_ones_all() -> None:
    before = sum(rewriting.left(rewriting.program(title)) for title in rewriting.SUITE)
    after = sum(rewriting.left(rewriting.program(title), patterns()) for title in rewriting.SUITE)
    assert 2 * after < before
    assert rewriting.left(rewriting.program("not neutral"), patterns()) == 4


def test_a_tree_asks_a_third_or_less() -> None:
    rules = rewriting.many_rules(200)
    ops = [op for seed in range(10) for op in rewriting.random_expressions(seed, 60).walk()]
    counts = {}
    found = {}
    ways = {"tree": matcher, "root": handed_in("matcher/slow_by_root_alone")}
    for name, way in ways.items():
        asked = rewriting.Asked()
        match = way(rules, asked)
        found[name] = [match(op) for op in ops]
        counts[name] = asked.times
    assert found["tree"] == found["root"] and any(found["tree"])
    assert 3 * counts["tree"] < counts["root"]


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
