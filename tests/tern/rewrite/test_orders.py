"""Canonicalization ends, and in one form, whatever the order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tern.ir import Builder, defined_functions, function, outcome, verify
from tern.passes import gvn
from tern.rewrite import canonicalize, rule, variants
from tern.rewrite.canonical import patterns
from tern.rewrite.measure import falls, measure
from tern.rewrite.orders import computed, in_random_order
from tern.rewrite.overlaps import forks, overlaps
from tern.rewrite.rules import RULES, SCALAR, TENSOR
from tern.rewrite.samples import random_expressions
from tern.rewrite.tensor_proofs import try_on_tensors
from tern.types import FunctionType, TensorType, index
from tests.tern.tensor_programs import ELEMENTS, tensor_programs
from tests.turns import tries

VARIANTS = [each for rule in SCALAR if not rule.flag for each in variants(rule)]


@pytest.mark.parametrize("rule", TENSOR, ids=lambda each: each.name)
def test_every_rule_on_tensors_computes_the_same(rule: Any) -> None:
    tried, wrong = try_on_tensors(rule, random.randrange(10**6), tries(40, long=2000))
    assert not wrong, wrong
    assert tried >= 4, f"nothing tries {rule.name}"


@pytest.mark.parametrize(
    "text",
    [
        "linalg.transpose[p](linalg.transpose[q](x, _), out)"
        " -> linalg.transpose[compose(p, q)](x, out)",
        "linalg.transpose[p](linalg.transpose[p](x: T, _), _): T -> x",
        "linalg.transpose[p](x: T, _): T -> x",
        "tensor.collapse_shape[g](tensor.collapse_shape[h](x)): S"
        " -> tensor.collapse_shape[grouped(g, h)](x): S",
        "linalg.broadcast[d](linalg.broadcast[e](x, _), out)"
        " -> linalg.broadcast[spread(d, e)](x, out)",
        "tensor.expand_shape[g](tensor.collapse_shape[g](x: T), _...): T -> x",
        "subf(tensor.splat(v, s...), tensor.splat(w, s...)): T"
        " -> tensor.splat(subf(w, v), s...): T",
    ],
)
def test_a_wrong_rule_on_tensors_is_found_out(text: str) -> None:
    assert try_on_tensors(rule("wrong", text), 1, 400)[1]


@pytest.mark.parametrize("element", ELEMENTS, ids=str)
@settings(max_examples=tries(8, long=300), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_programs_of_tensors_and_their_sizes(element: Any, data: Any) -> None:
    """Sizes of what they return are asked for as well."""
    program = data.draw(tensor_programs(element, 4))
    module = program.module
    func = function(module, "f")
    last = func.body.blocks[0].operations.pop()
    builder = Builder(func.body.blocks[0])
    sizes = [
        builder.dim(value, builder.constant(axis, index))
        for value in last.operands
        if isinstance(value.type, TensorType)
        for axis in range(value.type.rank)
    ]
    values = [*last.operands, *sizes]
    builder.ret(values)
    inputs = func.attributes["function_type"].inputs
    func.attributes["function_type"] = FunctionType(inputs, tuple(v.type for v in values))
    before = module.clone()
    canonicalize(module)
    verify(module)
    expected = outcome(before, "f", *program.arguments)
    if expected.results is not None:
        assert outcome(module, "f", *program.arguments).same(expected)


def test_every_rule_lowers_the_measure() -> None:
    for each in RULES:
        assert all(map(falls, variants(each))), str(each)


@pytest.mark.parametrize(
    "text",
    [
        "addi(x, y) -> addi(y, x)",
        "addi(x, x) -> muli(x, 2)",
        "subi(x, y) -> addi(x, subi(0, y))",
        "muli(x, 2) -> addi(x, x)",
        "cmpi[ne](x, y) -> cmpi[slt](x, y)",
        "negf(mulf(x, y)) -> mulf(x, negf(y))",
    ],
)
def test_what_lowers_it_not_for_everything_is_found_out(text: str) -> None:
    assert not falls(rule("endless", text))


def settled(module: Any) -> Any:
    """What is equal is one value: a rule such as x - x is about values, not about what they are."""
    while gvn(module) + canonicalize(module).changes:
        pass
    return computed(function(module, "f"))


@pytest.mark.parametrize("seed", [*range(tries(25, long=2000)), 285, 888])  # these were forks
def test_any_order_ends_in_one_form_and_each_step_lowers_the_measure(seed: int) -> None:
    start = random_expressions(seed * 7919 + 13, 25)
    first = start.clone()
    canonicalize(first)
    module = start.clone()
    (func,) = defined_functions(module)
    last = [measure(func)]

    def lower(name: str) -> None:
        now = measure(func)
        assert now < last[0], name
        last[0] = now

    in_random_order(func, patterns(), random.Random(seed), lower)
    verify(module)
    assert settled(module) == settled(first)


def test_critical_pairs_meet_again() -> None:
    found = list(overlaps(VARIANTS))
    assert len(found) > 2000
    some = random.sample(found, tries(150, long=len(found)))
    seed, most = random.randrange(10**6), tries(4, long=100)
    apart = next(forks(some, seed, tries(2, long=30), most), None)
    assert apart is None, "\n".join((str(apart.overlap), apart.start, *apart.ends))


def test_a_pair_that_does_not_meet_is_found() -> None:
    """What x + (0 - y) could be, if it weren't left out: an expression with two ends."""
    left_out = variants(rule("add-negated", "addi(x, subi(0, y)) -> subi(x, y)"))
    fork = next(forks(overlaps(left_out)))
    assert str(fork.overlap) == (
        "addi(subi(0, y), subi(0, y')): add-negated, and add-negated at []"
    )
    assert fork.ends[0] != fork.ends[1]


def test_a_fork_by_what_is_a_constant_later_is_found() -> None:
    """The sign of what varies comes out of the product, and that of a constant goes into it."""
    early = variants(rule("multiply-negated", "mulf(x, negf(y)) -> negf(mulf(x, y)) if varies(y)"))
    fork = next(forks(overlaps(early)))
    assert "and fold at" in str(fork.overlap)
    assert fork.ends[0] != fork.ends[1]
