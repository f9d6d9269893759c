"""Every rule is right: proved for numbers, and tried on tensors."""

from __future__ import annotations

import random

import pytest

from tern.ir import outcome, verify
from tern.passes.samples import random_arguments, random_program
from tern.rewrite import canonicalize, matcher, rule, samples, variants
from tern.rewrite.proofs import prove
from tern.rewrite.rules import RULES, SCALAR
from tern.rewrite.samples import random_expressions
from tern.text.diagnostics import Diagnostic

EXACT = [each for each in SCALAR if not each.flag]


@pytest.mark.rotates(4)
@pytest.mark.parametrize("part", range(8))
def test_every_rule_on_numbers_is_proved(part: int) -> None:
    for each in EXACT[part::8]:
        proof = prove(each, seed=random.randrange(10**6))
        assert proof.counterexample is None, str(proof.counterexample)
        assert proof.typings and proof.tuples, f"nothing proves {each.name}: {each}"


@pytest.mark.rotates(10)
@pytest.mark.parametrize(
    "text",
    [
        "addf(x, 0.0) -> x",
        "mulf(x, 0.0) -> 0.0",
        "subf(x, x) -> 0.0",
        "divf(x, x) -> 1.0",
        "subf(addf(x, y), y) -> x",
        "minimumf(x, maximumf(x, y)) -> x",
        "powf(x, 0.0) -> 1.0",
        "addf(addf(x, C), D) -> addf(x, addf(C, D))",
        "divf(x, C) -> mulf(x, divf(1.0, C))",
        "select(cmpf[olt](x, y), x, y) -> minimumf(x, y)",
        "xori(cmpf[olt](x, y), true) -> cmpf[oge](x, y)",
        "cmpf[oeq](x, x) -> true",
        "subf(0.0, x) -> negf(x)",
        "sitofp(trunci(x)) -> sitofp(x)",
        "divsi(x, 1) -> x",
        "divsi(muli(x, C), C) -> x",
        "divsi(x, ones) -> subi(0, x)",
        "shrsi(shli(x, C), C) -> x if shifts(C)",
        "shli(shli(x, C), D) -> shli(x, addi(C, D))",
        "shrui(x, C) -> shrsi(x, C) if shifts(C)",
        "cmpi[slt](addi(x, C), D) -> cmpi[slt](x, subi(D, C))",
        "cmpi[slt](subi(x, y), 0) -> cmpi[slt](x, y)",
        "extsi(extui(x)): S -> extsi(x): S",
        "sitofp(extui(x)): F -> sitofp(x): F",
        "trunci(extsi(x: T)): S -> extui(x): S if narrower(T, S)",
        "extf(truncf(x: T)): T -> x",
        "maxsi(minui(x, y), x) -> x",
        "absi(subi(0, x)) -> x",
        "muli(x, divsi(y, x)) -> y",
        "cmpi[eq](x, 123456789) -> false",
        "cmpi[ugt](x, 70000) -> cmpi[ugt](x, 70001)",
        "cmpf[oeq](x, 1234.5625) -> false",
    ],
)
def test_a_wrong_rule_has_a_counterexample(text: str) -> None:
    found = prove(rule("wrong", text))
    assert found.counterexample is not None, f"{found}"
    assert found.counterexample.before != found.counterexample.after or (
        found.counterexample.before == 0
    )
    assert str(found.counterexample).startswith("wrong: of ")


@pytest.mark.parametrize("seed", range(25))
def test_canonical_forms_come_to_the_same(seed: int) -> None:
    module = random_expressions(seed * 1009 + 7, 50)
    before = module.clone()
    done = canonicalize(module)
    verify(module)
    assert done.changes
    chance = random.Random(seed)
    for _ in range(6):
        arguments = samples.random_arguments(module, chance)
        assert outcome(module, "f", *arguments).same(outcome(before, "f", *arguments))
    assert not canonicalize(module).changes


@pytest.mark.parametrize("seed", range(15))
def test_programs_with_branches_come_to_the_same(seed: int) -> None:
    module = random_program(seed + 5000, 60)
    before = module.clone()
    canonicalize(module)
    verify(module)
    chance = random.Random(seed)
    func = before.body.only_block.operations[0]
    name = func.attributes["sym_name"]
    for _ in range(3):
        arguments = random_arguments(func, chance)
        assert outcome(module, name, *arguments).same(outcome(before, name, *arguments))


def test_the_tree_finds_what_trying_each_finds() -> None:
    rules = [variant for each in RULES for variant in variants(each)]
    match = matcher(rules)
    ordered = sorted(rules, key=lambda each: -each.benefit)
    found = 0
    for seed in range(8):
        for op in random_expressions(seed, 60).walk():
            expected = [each for each in ordered if each.matches(op)]
            assert match(op) == expected
            found += len(expected)
    assert found > 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("addi(x, 0)", "expected '->'"),
        ("x -> addi(x, 0)", "a rule rewrites an operation"),
        ("addi(x, 0) -> y", "nothing binds 'y'"),
        ("plus(x, 0) -> x", "there is no operation 'plus'"),
        ("addi(x, 0 -> x", "expected ','"),
        ("addi[p](x, 0) -> x", "arith.addi has no main attribute"),
        ("addi(x, 0) -> x x", "expected the end of the rule"),
        ("addi(x, ", "the rule ends too early"),
    ],
)
def test_a_text_that_is_no_rule_is_refused_where_it_goes_wrong(text: str, message: str) -> None:
    with pytest.raises(Diagnostic, match="^rule:1:") as caught:
        rule("rule", text)
    assert message in str(caught.value)
