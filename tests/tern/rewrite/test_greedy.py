"""The rewriter and the greedy driver."""

from __future__ import annotations

import pytest

from tern.ir import Operation, defined_functions, function, parse, uses, verify
from tern.rewrite import (
    Pattern,
    RewriteError,
    Rewriter,
    canonicalize,
    greedy,
    number_of,
    pattern,
    rule,
)
from tern.rewrite.samples import chain, ping_pong, random_expressions


@pattern("arith.addi")
def add_zero(op: Operation, rewriter: Rewriter) -> bool:
    if number_of(op.operands[1]) != 0:
        return False
    rewriter.replace(op, [op.operands[0]])
    return True


def body(module: Operation) -> list[str]:
    return [
        op.name.partition(".")[2] for op in defined_functions(module)[0].body.blocks[0].operations
    ]


@pytest.mark.parametrize("length", [0, 1, 300, 1200])
def test_visits_are_linear_in_a_chain(length: int) -> None:
    module = chain(length)
    done = greedy(module, [add_zero])
    verify(module)
    assert body(module) == ["return"]
    assert done.fired == {"add-zero": length, "erase-dead": length} or length == 0
    assert done.visits <= 4 * length + 3


def test_what_changed_comes_back() -> None:
    """The last rewrite makes the first one possible, and so on, up the chain."""
    module = parse("""
func.func @f(%x: i32, %y: i32) -> i32 {
  %0 = arith.subi %x, %y : i32
  %1 = arith.addi %0, %y : i32
  %2 = arith.subi %1, %x : i32
  %3 = arith.addi %y, %2 : i32
  %4 = arith.subi %3, %y : i32
  return %4 : i32
}""")
    done = canonicalize(module)
    assert body(module) == ["constant", "return"], str(module)
    assert done.fired["erase-dead"] >= 1


@pytest.mark.parametrize("limit", range(49, 54))
def test_two_patterns_without_end_are_named(limit: int) -> None:
    module = parse("""
func.func @f(%x: i32) -> i32 {
  %0 = arith.addi %x, %x : i32
  return %0 : i32
}""")
    with pytest.raises(RewriteError) as caught:
        greedy(module, ping_pong(), limit)
    assert f"no end after {limit} rewrites" in str(caught.value) and "\n" not in str(caught.value)
    assert "'sum-is-product'" in str(caught.value) and "'product-is-sum'" in str(caught.value)
    verify(module)


def test_one_pattern_without_end_is_named() -> None:
    again = Pattern("again", "arith.addi", lambda op, rewriter: rewriter.modify(op) is None)
    with pytest.raises(RewriteError, match="'again' goes on without end"):
        greedy(chain(3, number=1), [again])


def test_benefit_decides_and_folding_comes_first() -> None:
    order: list[str] = []

    def noting(name: str, benefit: int) -> Pattern:
        return Pattern(name, "arith.addi", lambda op, rw: order.append(name) is not None, benefit)

    module = chain(1, number=7)
    greedy(module, [noting("low", 1), noting("high", 5), noting("middle", 3)])
    assert order == ["high", "middle", "low"]
    folded = parse("""
func.func @f() -> i32 {
  %c = arith.constant 3 : i32
  %0 = arith.addi %c, %c : i32
  %1 = arith.addi %0, %c : i32
  return %1 : i32
}""")
    order.clear()
    done = greedy(folded, [noting("never", 1)])
    assert not order and done.fired["fold"] == 2
    assert "arith.constant 9 : i32" in str(folded)


def test_what_fails_is_neither_folded_nor_dead() -> None:
    module = parse("""
func.func @f(%x: i32, %y: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %0 = arith.divsi %one, %zero : i32
  %1 = arith.divsi %x, %y : i32
  %2 = arith.muli %1, %zero : i32
  return %2 : i32
}""")
    canonicalize(module)
    assert body(module) == ["constant", "constant", "divsi", "divsi", "return"]


def test_a_condition_on_one_use_is_tried_again_when_the_other_user_is_gone() -> None:
    def only_user(op: Operation, rewriter: Rewriter) -> bool:
        if rewriter.use_count(op.operands[0]) != 1 or op.operands[0] is op.operands[1]:
            return False
        rewriter.modify(op, "arith.maxsi")
        return True

    module = parse("""
func.func @f(%x: i32, %y: i32) -> i32 {
  %0 = arith.muli %x, %y : i32
  %1 = arith.subi %0, %y : i32
  %zero = arith.constant 0 : i32
  %2 = arith.addi %0, %zero : i32
  return %1 : i32
}""")
    greedy(module, [Pattern("only-user", "arith.subi", only_user)])
    assert body(module) == ["muli", "maxsi", "return"]


@pytest.mark.parametrize("seed", range(30))
def test_at_the_end_nothing_applies(seed: int) -> None:
    rules = [
        rule("zero", "addi(x, 0) -> x"),
        rule("itself", "subi(x, x) -> 0"),
        rule("back", "subi(addi(x, y), y) -> x"),
        rule("twice", "maxsi(maxsi(x, y), y) -> maxsi(x, y)"),
    ]
    module = random_expressions(seed, 60)
    greedy(module, rules)
    verify(module)
    once = str(module)
    done = greedy(module, rules)
    assert not done.changes and str(module) == once
    assert not any(
        rule.matches(op) for rule in rules for op in module.walk() if op.name == rule.root
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_rewriter_knows_the_users(seed: int) -> None:
    """After any changes what it knows is what one walk finds."""
    module = random_expressions(seed, 40)
    func = function(module, "f")
    rewriter = Rewriter(func)
    for op in list(func.walk())[::3]:
        if len(op.results) != 1 or op.name == "arith.constant" or rewriter.is_erased(op):
            continue
        same = next((v for v in op.operands if v.type == op.result.type), None)
        if same is not None:
            twin = rewriter.insert(op, op.name, op.operands, [op.result.type], op.attributes)
            other = rewriter.insert(twin, op.name, op.operands, [op.result.type], op.attributes)
            rewriter.replace(op, [twin.result if seed % 2 else other.result])
    rewriter.finish()
    verify(module)
    found = uses(func)
    for value in [v for op in func.walk() for v in op.results]:
        assert rewriter.use_count(value) == len(found.get(value, ()))
        assert set(rewriter.users(value)) == set(found.get(value, ()))


def test_the_rewriter_refuses_what_would_break_the_ir() -> None:
    module = chain(2, number=1)
    func = function(module, "f")
    first, second = [op for op in func.walk() if op.name == "arith.addi"]
    rewriter = Rewriter(func)
    with pytest.raises(ValueError, match="still used"):
        rewriter.erase(first)
    with pytest.raises(ValueError, match="not to be replaced"):
        rewriter.replace(second, [])
    rewriter.finish()
    verify(module)
