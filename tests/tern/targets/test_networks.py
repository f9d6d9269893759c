"""Pieces of the example networks, compiled, compute what the interpreter does."""

from typing import Any

import numpy as np
import pytest

from tern.build import build
from tern.ir import function, run
from tern.lower import lower_source
from tern.targets.numba import compile_numba
from tern.targets.tvm import compile_tvm
from tests.tern.example_networks import EXAMPLES

SIZES = {"n": 1, "b": 1, "s": 5, "classes": 10}


def arguments(func: Any) -> list[Any]:
    """Random arguments for a function of loops, of small weights; the last one is the result."""
    generator = np.random.default_rng(0)
    made: list[Any] = []
    for arg in func.body.blocks[0].args:
        shape = [size if isinstance(size, int) else SIZES[size] for size in arg.type.shape]
        made.append((generator.standard_normal(shape) * 0.05).astype(np.float32))
        if len(shape) > 1 and shape[-2] == 4:  # of a normalization: variances are positive
            made[-1] = np.abs(made[-1]) + 0.5
    return made


@pytest.mark.parametrize("compiled", [compile_numba, compile_tvm], ids=["numba", "tvm"])
@pytest.mark.parametrize("file, name", [("resnet18", "block512"), ("minilm", "layer")])
def test_a_block_of_a_network(compiled: Any, file: str, name: str) -> None:
    source = (EXAMPLES / f"{file}.tern").read_text()
    func = function(lower_source(source, [name]), name)
    *given, out = arguments(func)
    compiled(func)(*given, out)
    expected = run(build(source), name, *given)
    assert np.abs(out - expected).max() <= 1e-5 * np.abs(expected).max()
