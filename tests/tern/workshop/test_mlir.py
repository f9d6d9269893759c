"""What week 11 does with MLIR: right on random inputs, and as good as it says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tern.ir import new_module, run

pytest.importorskip("torch_mlir.ir")

from torch_mlir import ir

from autograder.check.mlir import replay
from tern.targets.mlir import PIPELINES, lowered
from tern.workshop import mlir


def test_a_summary_counts_what_the_text_has() -> None:
    for seed in range(20):
        module = mlir.nested_module(random.Random(seed))
        found = mlir.summarize(module)
        text = str(module)
        for name, count in found["operations"].items():
            if name.startswith("some."):
                assert text.count(f'"{name}"') == count
        assert (found["depth"] > 0) == ("func.func" in text)


def test_mistakes_of_the_dialect_are_found_where_they_are() -> None:
    for text, line in mlir.matrix_mistakes(random.Random(5)):
        with pytest.raises(ir.MLIRError, match=line):
            mlir.read_matrices(text)
    for seed in range(10):
        text = mlir.matrix_program(random.Random(seed), 6, (1, 2, 3)).text()
        assert mlir.read_matrices(mlir.read_matrices(text)) == mlir.read_matrices(text)


def test_lowered_matrices_are_of_tensors() -> None:
    for seed in range(5):
        text = mlir.matrix_program(random.Random(seed), 6, (1, 2, 3)).text()
        elementwise = ("elementwise", "func.func(convert-elementwise-to-linalg)")
        stages = [(stage.name, stage.passes) for stage in PIPELINES["tensors"]]
        (found,) = lowered(mlir.lower_matrices(text), [elementwise, *stages])
        assert "llvm.func @f" in found and "mat." not in found.replace("matmul", "")


def test_copies_are_right_and_no_more_than_mlirs() -> None:
    book = theirs = 0
    normal = np.random.default_rng(0).standard_normal
    arguments = [normal(8, np.float32), normal(8, np.float32), np.float32(0.5)]
    for seed in range(80):
        rng = random.Random(seed)
        module = mlir.buffer_program(rng, rng.randrange(3, 24))
        _, program = mlir.steps(module)
        everything = [at for at, step in enumerate(program) if step.destination is not None]
        expected = mlir.run_in_place(module, everything, arguments)
        for copied in (mlir.copies(module), mlir.mlir_copies(module)):
            found = mlir.run_in_place(module, copied, arguments)
            assert all(np.array_equal(one, other) for one, other in zip(expected, found))
        book += len(mlir.copies(module))
        theirs += len(mlir.mlir_copies(module))
    assert book <= theirs <= 1.1 * book


def test_an_argument_that_is_written_to_is_told() -> None:
    module = mlir.module_of("""
        func.func @f(%a: tensor<8xf32> {bufferization.writable = false}, %c: f32) -> tensor<8xf32> {
          %0 = linalg.fill ins(%c : f32) outs(%a : tensor<8xf32>) -> tensor<8xf32>
          return %0 : tensor<8xf32>
        }""")
    with pytest.raises(ValueError, match="an argument was written to"):
        mlir.run_in_place(module, [], [np.zeros(8, np.float32), np.float32(1)])
    assert mlir.copies(module) == [0] == mlir.mlir_copies(module)


def test_functions_of_generics_are_mlir_and_fewer_than_operations() -> None:
    for seed in range(40):
        func = mlir.tensor_function(random.Random(seed), 8)
        text = mlir.emit_generic(func)
        mlir.module_of(text)
        computing = [op for op in func.walk() if op.name.startswith(("linalg.", "arith."))]
        idle = ("linalg.fill", "arith.constant")
        assert text.count("linalg.generic") <= sum(op.name not in idle for op in computing) + 2
        module = new_module()
        module.body.only_block.append(func)
        inputs = func.attributes["function_type"].inputs
        run(module, "f", *[np.ones(type.shape, np.float32) for type in inputs])


@pytest.mark.parametrize("sizes", [(12, 32, 5), (7, 17, 3)])
def test_the_fast_product_is_right(sizes: tuple[int, int, int]) -> None:
    m, n, k = sizes
    normal = np.random.default_rng(1).standard_normal
    a, b, c = normal((m, k), np.float32), normal((k, n), np.float32), normal((m, n), np.float32)
    expected = a @ b + c
    found = replay.compiled(mlir.product(m, n, k), "matmul", *mlir.fast_matmul())(a, b, c)
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_plain_notebook_sees_all_that_mlir_says() -> None:
    from autograder import check

    body = '  %0 = "mat.transpose"(%x) : (f32) -> f32\n  return %0 : f32'
    text = f"func.func @f(%x: f32) -> f32 {{\n{body}\n}}"
    check.raises("MLIRError", mlir.read_matrices, text, match=":2:")
