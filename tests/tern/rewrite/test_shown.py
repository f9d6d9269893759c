"""What the lesson on rewriting shows and measures is so."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tern.ir import Operation, parse, run
from tern.rewrite import PatternLike, greedy, rule, variants
from tern.rewrite.overlaps import forks, overlaps
from tern.workshop.rewriting import many_rules, random_expressions
from tern.workshop.rewriting.expressions import (
    random_layout,
    sum_of_transposed,
    transposed_sum,
    transposes,
)
from tern.workshop.rewriting.pictures import forked, scheduled
from tern.workshop.rewriting.shown import nodes_of_sum, questions_asked, verdicts
from tern.workshop.rewriting.turning import TO_INPUTS, TO_RESULTS


def test_a_verdict_says_of_what_a_rule_is_false() -> None:
    (right, holds), (wrong, fails) = verdicts(["subi(addi(x, y), y) -> x", "addf(x, 0.0) -> x"])
    assert right and "holds for " in holds
    assert not wrong and "(-0: f16) gives 0, then -0" in fails


def test_the_tree_asks_least() -> None:
    each, by_root, by_tree = questions_asked(many_rules(60), random_expressions(1, 40)).values()
    assert each > 3 * by_root > 3 * by_tree > 0


def test_a_sum_has_a_node_for_each_split_of_each_subset() -> None:
    rules = [
        rule("swapped", "addi(x, y) -> addi(y, x)"),
        rule("to-the-right", "addi(addi(x, y), z) -> addi(x, addi(y, z))"),
        rule("to-the-left", "addi(x, addi(y, z)) -> addi(addi(x, y), z)"),
    ]
    counts = [nodes_of_sum(n, rules) for n in range(2, 6)]
    assert counts == [3**n - 2 ** (n + 1) + 1 + n for n in range(2, 6)]


@pytest.mark.parametrize("patterns", [TO_INPUTS, TO_RESULTS], ids=["up", "down"])
def test_where_transposes_go_nothing_else_changes(patterns: tuple[PatternLike, ...]) -> None:
    rng = random.Random()
    for _ in range(10):
        module = random_layout(rng, 12)
        moved = module.clone()
        greedy(moved, patterns)
        args = [np.random.default_rng(rng.randrange(99)).random((3, 3), np.float32) for _ in "abc"]
        np.testing.assert_allclose(result(moved, args), result(module, args), rtol=1e-5)


def result(module: Operation, args: list[np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(run(module, "f", *args))


def test_a_product_that_adds_to_something_stays() -> None:
    module = parse("""
        func.func @f(%a: tensor<3x3xf32>, %b: tensor<3x3xf32>, %c: tensor<3x3xf32>)
            -> tensor<3x3xf32> {
          %0 = linalg.matmul ins(%a, %b : tensor<3x3xf32>, tensor<3x3xf32>)
              outs(%c : tensor<3x3xf32>) -> tensor<3x3xf32>
          %1 = tensor.empty() : tensor<3x3xf32>
          %2 = linalg.transpose ins(%0 : tensor<3x3xf32>) outs(%1 : tensor<3x3xf32>)
              permutation = [1, 0]
          return %2 : tensor<3x3xf32>
        }""")
    assert greedy(module, TO_INPUTS).changes == 0


def test_each_direction_is_wrong_for_one_program() -> None:
    def moved(program: Operation, patterns: tuple[PatternLike, ...]) -> int:
        greedy(program, patterns)
        return transposes(program)

    assert moved(transposed_sum(4), TO_INPUTS) == 4 * moved(transposed_sum(4), TO_RESULTS)
    assert 2 * moved(sum_of_transposed(), TO_INPUTS) == moved(sum_of_transposed(), TO_RESULTS)


def test_a_fork_is_drawn_with_both_ends() -> None:
    negated = rule("add-negated", "addi(x, subi(0, y)) -> subi(x, y)")
    text = str(forked(next(forks(overlaps(variants(negated))))))
    assert text.splitlines()[0] == "a program -> one end, the other"


def test_mlir_says_what_the_lesson_says() -> None:
    rewrite = pytest.importorskip("torch_mlir.rewrite")
    from tern.workshop.rewriting.in_mlir import half_converted, ping_pong

    rewrites, complaint = ping_pong(rewrite.apply_patterns_and_fold_greedily)
    assert rewrites >= 2 and "failed to converge" in complaint
    seen, why, left_behind = half_converted()
    assert seen == ["op sees index.mul, the adaptor llvm.mul"]
    assert "failed to legalize" in why and "llvm.add" in left_behind


def test_each_line_of_the_schedule_is_a_step() -> None:
    pytest.importorskip("torch_mlir")
    text = str(scheduled())
    assert text.count("// the program then") == 6
    assert "vector<6x16xf32>" in text and "vector.fma" in text.split("-- ")[-1]
