"""Schedules in the transform dialect, and one pattern in three systems."""

import re

import numpy as np
import pytest

pytest.importorskip("torch_mlir.ir", reason="needs the package torch-mlir")

from autograder.check.mlir.replay import LOOPS, compiled
from tern.workshop.mlir import fast_convolution, product
from tern.workshop.mlir.convolution import convolution
from tern.workshop.mlir.patterns import TWICE, by_pdl, by_python, by_xdsl
from tern.workshop.mlir.schedule import (
    MATMUL,
    PASSES,
    REFUSED,
    matmul_rungs,
    refusal,
    script,
    transformed,
)


def convolved(image, filters, start, stride) -> np.ndarray:
    rows, columns = start.shape[1:3]
    total = start.astype(np.float64)
    for i in range(filters.shape[0]):
        for j in range(filters.shape[1]):
            part = image[:, i : i + stride * (rows - 1) + 1 : stride]
            part = part[:, :, j : j + stride * (columns - 1) + 1 : stride]
            total += part.astype(np.float64) @ filters[i, j]
    return total


@pytest.mark.parametrize(
    "sizes",
    [
        (1, 1, 1, (1, 1), 1),
        (5, 7, 3, (3, 2), 5),
        (4, 9, 2, (1, 3), 17, 2),
        (3, 8, 4, (3, 3), 33, 3),
    ],
)
def test_the_convolution_is_right_at_any_size(sizes) -> None:
    height, width, channels, (rows, columns), filters, *stride = sizes
    step = stride[0] if stride else 1
    rng = np.random.default_rng()
    shapes = [
        (1, step * (height - 1) + rows, step * (width - 1) + columns, channels),
        (rows, columns, channels, filters),
        (1, height, width, filters),
    ]
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    program = convolution(height, width, channels, (rows, columns), filters, step)
    for passes, text in (fast_convolution(), (LOOPS, "")):
        result = compiled(program, "convolve", passes, text)(*arrays)
        np.testing.assert_allclose(
            result, convolved(arrays[0], arrays[1], arrays[2], step), rtol=1e-4, atol=1e-4
        )


def test_the_convolution_is_vectors_at_sizes_that_no_tile_divides() -> None:
    from autograder.check.mlir.replay import operations

    passes, text = fast_convolution()
    counts = operations(convolution(3, 7, 4, (3, 3), 16), passes, text)
    assert counts["vector.fma"] >= 4 + 3
    assert not any(name.startswith("linalg.") for name in counts)


def test_each_rung_computes_the_product() -> None:
    arrays = [np.random.standard_normal((m, n)).astype(np.float32) for m, n in ((12, 9), (9, 32))]
    arrays.append(np.zeros((12, 32), np.float32))
    program = product(12, 32, 9)
    names = []
    for name, lines in matmul_rungs():
        names.append(name)
        passes = PASSES if lines else LOOPS
        result = compiled(program, "matmul", passes, script(lines))(*arrays)
        np.testing.assert_allclose(result, arrays[0] @ arrays[1], rtol=1e-4, atol=1e-4)
    assert len(names) == len(set(names)) == 6


def test_what_each_line_leaves() -> None:
    program = product(12, 32, 256)
    after = [transformed(program, MATMUL[:end]) for end in range(len(MATMUL) + 1)]
    loops = [text.count("scf.for") for text in after]
    assert loops == [0, 0, 1, 4, 4, 4, 4]
    assert "vector.contract" not in after[3] and "linalg.matmul" not in after[4]
    assert "vector.fma" in after[6] and "transform." not in "".join(after)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a handle that is dead", "invalidated"),
        ("sizes that are not fixed", "failed"),
        ("more tile sizes than loops", "at most 3 found 4"),
        ("a line that there is not", "unknown"),
        ("a handle of another kind", "scf.for"),
    ],
)
def test_a_script_that_is_refused_says_so_in_a_line(name, told) -> None:
    said = refusal(product(32, 32, 32), REFUSED[name])
    assert re.search(told, said) and "\n" not in said


def test_all_that_are_refused_are_tried() -> None:
    assert len(REFUSED) == 5
    assert refusal(product(32, 32, 32), MATMUL) == ""


@pytest.mark.parametrize("rewritten", [by_python, by_pdl])
def test_transposing_twice_is_nothing_in_mlir(rewritten) -> None:
    assert "linalg.transpose" not in rewritten(TWICE)
    once = TWICE.replace("permutation = [1, 0]\n  return %3", "permutation = [1, 0]\n  return %1")
    once = once.replace("-> tensor<4x8xf32> {", "-> tensor<8x4xf32> {")
    once = once.replace("return %1 : tensor<4x8xf32>", "return %1 : tensor<8x4xf32>")
    assert rewritten(once).count("linalg.transpose") == 1


def test_and_in_xdsl() -> None:
    pytest.importorskip("xdsl", reason="needs the package xdsl")
    assert "return %x : tensor<4x8xf32>" in by_xdsl(TWICE).replace("func.return", "return")
