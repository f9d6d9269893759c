"""How fast each rung of a matrix product's schedule is, beside NumPy's library, in one thread."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tern.workshop.mlir import product
from tern.workshop.mlir.schedule import PASSES, matmul_rungs, script
from tern.workshop.vectors.library import library_matmul

Compiled = Callable[[str, str, str, str], Callable]
"""What compiles a program's function, by passes, with a script: autograder.check.mlir.replay's."""


def schedule_rates(compiled: Compiled, n: int) -> tuple[dict[str, float], float]:
    """GFLOP/s of a product of n by n matrices on each rung, and NumPy's: the best of five or more,
    by this thread's CPU time. (The process's counts a library's threads that wait, spinning, too.)
    An AssertionError if a product is wrong."""
    normal = np.random.default_rng(0).standard_normal
    a, b = (normal((n, n), np.float32) for _ in range(2))
    expected = a @ b

    def rate(function: Callable) -> float:
        took: list[float] = []
        while len(took) < 5 or sum(took) < 0.2:
            c, begun = np.zeros((n, n), np.float32), time.thread_time()
            given = function(a, b, c)  # NumPy's writes to c
            took.append(time.thread_time() - begun)
            result = c if given is None else given
            assert np.allclose(result, expected, rtol=1e-3, atol=1e-3)
        return 2 * n**3 / min(took) / 1e9

    rates = {}
    for name, lines in matmul_rungs():
        passes = PASSES if lines else PASSES.removeprefix("transform-interpreter, ")
        rates[name] = rate(compiled(product(n, n, n), "matmul", passes, script(lines)))
    return rates, rate(library_matmul)
