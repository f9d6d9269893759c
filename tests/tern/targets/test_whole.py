"""Functions with constants, compiled as loops, are called as the interpreter calls them."""

from __future__ import annotations

import numpy as np
import pytest

from tern.ir import Builder, EvaluationError, Operation, new_module, print_ir, run, verify
from tern.ir.dialects.dense import value_of
from tern.targets.errors import EmitError
from tern.targets.llvm import compile_llvm
from tern.targets.numba import compile_numba
from tern.targets.whole import compile_whole
from tern.types import TensorType, f32, i64, index

COMPILERS = {"llvm": compile_llvm, "numba": compile_numba}


def network() -> Operation:
    """@main(x, at): x[at] of the rows of x plus a table, and their number."""
    module = new_module()
    x, row = TensorType(("n", 16), f32), TensorType(("n", 16), f32)
    func = Builder(module.body.only_block).func("main", [x, TensorType((), i64)], [row, index])
    b = Builder(func.body.only_block)
    x, at = func.body.only_block.args
    table = b.constant(
        value_of(np.arange(256, dtype=np.float32).reshape(16, 16)), TensorType((16, 16), f32)
    )
    size = b.dim(x, b.constant(0, index))
    start = b.cast("arith.index_cast", b.extract(at), index)
    part = b.extract_slice(table, [start, 0], [1, 16], type=TensorType((1, 16), f32))
    whole = b.insert_slice(part, x, [start, 0], [1, 16])
    b.ret([b.binary("arith.addf", whole, x), size])
    verify(module)
    return module


@pytest.mark.parametrize("compiler", COMPILERS)
def test_as_the_interpreter(compiler) -> None:
    module = network()
    before, compiled = print_ir(module), compile_whole(module, "main", COMPILERS[compiler])
    assert print_ir(module) == before
    for rows, at in ((3, 2), (5, 0)):
        x = np.random.default_rng(rows).random((rows, 16), np.float32)
        found, count = compiled(x[:, ::1], np.array(at))
        expected, size = run(module, "main", x, np.array(at))
        assert np.array_equal(found, expected) and count == size == rows
    with pytest.raises((EvaluationError, IndexError)):
        compiled(x, np.array(5))
    with pytest.raises(TypeError, match="takes 2 arguments, not 1"):
        compiled(x)


def test_a_size_that_nobody_knows() -> None:
    module = new_module()
    type = TensorType(("n", 4), f32)
    func = Builder(module.body.only_block).func("main", [type], [TensorType((None,), f32)])
    b = Builder(func.body.only_block)
    b.ret([b.collapse_shape(func.body.only_block.args[0], [[0, 1]], TensorType((None,), f32))])
    compiled = compile_whole(module, "main", compile_llvm)
    with pytest.raises(EmitError, match="shape is not known before it runs"):
        compiled(np.zeros((2, 4), np.float32))
