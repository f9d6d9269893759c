"""Equality saturation on tern's IR: never wrong, never dearer, and where greedy is stuck."""

import random
from typing import Any

import numpy as np
import pytest

from tern.ir import Operation, function, parse, run, verify
from tern.rewrite import Rule, cheapest_forms, cost_of, greedy, saturate
from tern.rewrite.ematching import Terms
from tern.rewrite.equations import CHAIN, FLOAT_CHAIN, LAYOUT, REAL, RING
from tern.rewrite.expressions import is_term
from tern.rewrite.proofs import prove
from tern.workshop.rewriting.expressions import (
    FACTORS,
    TWICE_HALF,
    best_order,
    matrix_chain,
    multiplications,
    random_layout,
    random_ring,
    sum_of_transposed,
    transposed_sum,
    transposes,
)


def cost(module: Operation) -> float:
    return sum(cost_of(op) for op in module.walk() if is_term(op))


def results(module: Operation, *given) -> Any:
    return run(module, "f", *given)


@pytest.mark.parametrize(
    "rule", [*RING, *(each for each in REAL if not each.flag)], ids=lambda rule: rule.name
)
def test_the_ring_and_what_floats_need_no_flag_for_are_proved(rule) -> None:
    proof = prove(rule)
    assert proof.counterexample is None, str(proof.counterexample)
    assert proof.typings


def test_random_sums_and_products_stay_right_and_get_cheaper() -> None:
    rng, saved = random.Random(), 0.0
    for _ in range(8):
        module = random_ring(rng, 8, rng.choice((8, 32)))
        before, text = cost(module), str(module)
        cheapest_forms(module, RING, max_iterations=4, max_nodes=200)
        verify(module)
        assert cost(module) <= before
        saved += before - cost(module)
        for _ in range(5):
            given = [rng.randrange(-128, 128) for _ in range(3)]
            assert results(module, *given) == results(parse(text), *given), text
    assert saved > 0


@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_the_chain_is_multiplied_in_the_best_order(n) -> None:
    rng = random.Random()
    sizes = [rng.randrange(1, 12) for _ in range(n + 1)]
    module, plain = matrix_chain(sizes), matrix_chain(sizes)
    cheapest_forms(module, CHAIN)
    verify(module)
    assert multiplications(module) == best_order(sizes), sizes
    given = [np.random.randint(-9, 9, shape, np.int32) for shape in zip(sizes, sizes[1:])]
    assert np.array_equal(results(module, *given), results(plain, *given))


def test_floats_have_a_set_of_their_own() -> None:
    from tern.types import f32

    sizes = [10, 2, 12, 1]
    module = matrix_chain(sizes, f32)
    assert cheapest_forms(module, CHAIN) == 0
    assert cheapest_forms(module, FLOAT_CHAIN) == 1
    assert multiplications(module) == best_order(sizes)


def test_greedy_is_stuck_where_saturation_is_not() -> None:
    doubles = next(rule for rule in REAL if rule.name == "double")
    shrinking = [doubles, *(rule for rule in REAL if rule.name != "twice" and rule != doubles)]
    stuck = parse(TWICE_HALF)
    greedy(stuck, shrinking)
    assert "arith.divf" in str(stuck)
    free = parse(TWICE_HALF)
    assert cheapest_forms(free, REAL) == 1
    assert "divf" not in str(free) and "mulf" not in str(free)


def test_flags_are_needed() -> None:
    assert cheapest_forms(parse(TWICE_HALF.replace(" fastmath<reassoc>", "")), REAL) == 0


def test_factors_are_found() -> None:
    module = parse(FACTORS)
    assert cheapest_forms(module, RING) == 1
    assert cost(module) == 3
    rng = random.Random()
    for _ in range(20):
        a, b, c = (rng.randrange(-(2**31), 2**31) for _ in range(3))
        assert results(module, a, b, c) == results(parse(FACTORS), a, b, c)


def test_layouts_pushed_one_way_are_worse_on_one_of_two() -> None:
    def moved(make, rules):
        module = make()
        greedy(module, [rule for rule in rules if isinstance(rule, Rule)])
        return transposes(module)

    to_inputs = [rule for rule in LAYOUT if not rule.name.endswith("-transposed")]
    assert moved(lambda: transposed_sum(4), to_inputs) == 4 * transposes(transposed_sum(4))
    for make, expected in ((lambda: transposed_sum(4), 32), (sum_of_transposed, 32)):
        module, plain = make(), make()
        cheapest_forms(module, LAYOUT)
        verify(module)
        assert transposes(module) == expected
        types: list[Any] = [arg.type for arg in function(plain, "f").body.blocks[0].args]
        given = [np.random.randint(-3, 4, type.shape).astype(np.float32) for type in types]
        assert np.array_equal(results(module, *given), results(plain, *given))


def test_random_layouts_give_the_same() -> None:
    rng = random.Random()
    for _ in range(10):
        module = random_layout(rng, 8)
        text, before = str(module), cost(module)
        cheapest_forms(module, LAYOUT, max_iterations=6, max_nodes=400)
        verify(module)
        assert cost(module) <= before
        given = [np.random.standard_normal((3, 3)).astype(np.float32) for _ in range(3)]
        np.testing.assert_allclose(
            results(module, *given), results(parse(text), *given), 1e-4, 1e-4
        )


def test_limits_say_which_it_was() -> None:
    def limited(**limits):
        terms = Terms()
        for op in function(parse(FACTORS), "f").body.blocks[0].operations[:-1]:
            terms.add(op)
        return saturate(terms, RING, **limits)

    assert limited(max_iterations=2).stopped == "iterations"
    assert limited(max_nodes=30).stopped == "nodes"
    terms = Terms()
    terms.add(function(parse(FACTORS), "f").body.blocks[0].operations[0])
    report = saturate(terms, RING[:1])
    assert report.stopped == "saturated" and report.fired == {"add-swapped": 1}


def test_a_block_takes_what_others_compute_and_keeps_what_has_effects() -> None:
    text = """
func.func @f(%a: i32, %b: i32, %m: memref<2xi32>) -> i32 {
  %i = arith.constant 0 : index
  %0 = arith.addi %a, %b : i32
  %1 = arith.subi %0, %b : i32
  memref.store %1, %m[%i] : memref<2xi32>
  %2 = memref.load %m[%i] : memref<2xi32>
  %3 = arith.muli %2, %b : i32
  cf.br ^next
^next:
  %4 = arith.muli %a, %b : i32
  %5 = arith.subi %3, %4 : i32
  return %5 : i32
}"""
    module = parse(text)
    assert cheapest_forms(module, RING) == 1
    verify(module)
    names = [op.name for op in module.walk()]
    assert names.count("memref.store") == 1 and names.count("arith.addi") == 0
