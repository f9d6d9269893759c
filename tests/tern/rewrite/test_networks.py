"""Batch normalization folded into convolutions, and transposes that move."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tern
from tern.build import build
from tern.ir import Operation, function, parse, run, verify
from tern.passes import erase_dead_operations
from tern.passes.fast_math import permit
from tern.passes.specialize import specialize
from tern.rewrite import greedy
from tern.rewrite.networks import (
    CONVOLUTION,
    TO_INPUTS,
    TO_RESULTS,
    fold_batch_norm,
    push_transposes,
)
from tern.workshop.rewriting.expressions import random_layout, sum_of_transposed, transposed_sum
from tern.workshop.rewriting.expressions import transposes as moved

SMALL = """
fn f(x: f32[2, 9, 8, 3], w: f32[3, 3, 3, 4], p: f32[4, 4], v: f32[1, 1, 4, 5], q: f32[4, 5])
    -> f32[2, 5, 4, 5] {
    let h = relu(batch_norm(conv2d(x, w, stride=2, padding=1), p[0], p[1], p[2], p[3], 1e-5));
    let y = conv2d(h, v);
    return batch_norm(y, q[0], q[1], q[2], q[3], 1e-5);
}
"""


def static(module: Operation, name: str) -> Operation:
    func = function(module, name)
    shapes = [
        tuple(n if isinstance(n, int) else 1 for n in arg.type.shape) for arg in arguments(func)
    ]
    module: Operation | None = specialize(func, shapes).parent_op
    assert module is not None
    return module


def arguments(func: Operation) -> list:
    return func.body.blocks[0].args


def drawn(func: Operation, rng) -> list[np.ndarray]:
    """Numbers for every parameter; those of batch normalizations are positive."""
    found = []
    for arg in arguments(func):
        array = (rng.standard_normal(arg.type.shape) * 0.2).astype(np.float32)
        parameters = len(arg.type.shape) in (2, 3) and arg.type.shape[-2] == 4
        found.append(np.abs(array) + np.float32(0.5) if parameters else array)
    return found


def per_image(module: Operation, images: int) -> list[str]:
    """The sums and products on whole images."""
    names = []
    for op in module.walk():
        type: Any = op.results[0].type if op.results else None
        if op.name in ("arith.addf", "arith.subf", "arith.mulf") and type.rank == 4:
            if type.shape[0] == images and type.shape[1] > 3:
                names.append(op.name)
    return names


def test_nothing_is_folded_without_permission() -> None:
    module = static(build(SMALL), "f")
    assert fold_batch_norm(module) == 0


def test_a_small_network_computes_about_the_same() -> None:
    module = static(build(SMALL), "f")
    plain = parse(str(module))
    permit(module, "reassoc")
    assert fold_batch_norm(module) > 0
    erase_dead_operations(module)
    verify(module)
    assert per_image(module, 2) == [] and len(per_image(plain, 2)) == 6
    given = drawn(function(module, "f"), np.random.default_rng())
    before, after = run(plain, "f", *given), run(module, "f", *given)
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)


def test_all_twenty_of_resnet_are_folded() -> None:
    source = (Path(tern.__file__).parent / "examples" / "resnet18.tern").read_text()
    module = static(build(source), "resnet18")
    erase_dead_operations(module)
    plain = parse(str(module))
    permit(module, "reassoc")
    fold_batch_norm(module)
    erase_dead_operations(module)
    verify(module)
    assert sum(op.name == CONVOLUTION for op in module.walk()) == 20
    assert per_image(plain, 1).count("arith.mulf") == 20
    assert per_image(module, 1) == ["arith.addf"] * 8  # what goes around the blocks


def test_a_convolution_that_others_use_stays() -> None:
    source = SMALL.replace("let y = conv2d(h, v);", "let y = conv2d(h, v); let z = relu(y);")
    source = source.replace("q[3], 1e-5)", "q[3], 1e-5) + z")
    module = static(build(source), "f")
    plain = parse(str(module))
    permit(module, "reassoc")
    fold_batch_norm(module)
    erase_dead_operations(module)
    verify(module)
    assert sum(op.name == CONVOLUTION for op in module.walk()) == 2
    given = drawn(function(module, "f"), np.random.default_rng())
    np.testing.assert_allclose(run(module, "f", *given), run(plain, "f", *given), 1e-4, 1e-5)


@pytest.mark.parametrize("rules", [TO_INPUTS, TO_RESULTS], ids=["up", "down"])
def test_transposes_move_and_nothing_else_changes(rules) -> None:
    rng = random.Random()
    for _ in range(10):
        module = random_layout(rng, 10)
        plain = parse(str(module))
        greedy(module, rules)
        verify(module)
        given = [np.random.standard_normal((3, 3)).astype(np.float32) for _ in range(3)]
        np.testing.assert_array_equal(run(module, "f", *given), run(plain, "f", *given))


def test_down_they_meet() -> None:
    text = """
func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<8x4xf32>
  %g = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
  %1 = linalg.transpose ins(%y : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
  %2 = arith.mulf %0, %1 : tensor<8x4xf32>
  %3 = math.exp %2 : tensor<8x4xf32>
  %4 = linalg.transpose ins(%3 : tensor<8x4xf32>) outs(%g : tensor<4x8xf32>) permutation = [1, 0]
  return %4 : tensor<4x8xf32>
}"""
    module = parse(text)
    assert push_transposes(module) >= 3
    erase_dead_operations(module)
    verify(module)
    assert moved(module) == 0


def test_each_way_is_the_worse_one_somewhere() -> None:
    up, down = transposed_sum(4), transposed_sum(4)
    greedy(up, TO_INPUTS)
    greedy(down, TO_RESULTS)
    assert moved(up) == 4 * moved(down)
    assert moved(sum_of_transposed()) > 0
