"""A matrix product as machine code: to the bit what the nest computes, and a wrong call is none."""

import numpy as np
import pytest

from tern.ir import functions
from tern.ir.loops import run_loops

pytest.importorskip("llvmlite")

from tern.workshop import native


@pytest.mark.parametrize(
    "sizes", [(1, 1, 1), (0, 3, 2), (3, 0, 2), (3, 2, 0), (5, 7, 6), (9, 8, 4)]
)
def test_it_computes_what_the_nest_does(sizes: tuple[int, int, int]) -> None:
    n, k, m = sizes
    numbers = np.random.default_rng(0)
    a = numbers.standard_normal((n, k), np.float32)
    b = numbers.standard_normal((k, m), np.float32)
    found, by_numba, expected = (np.full((n, m), np.nan, np.float32) for _ in range(3))
    run_loops(functions(native.matmul_module())[0], [a, b, expected])
    native.native_matmul(a, b, found)
    native.numba_matmul(a, b, by_numba)
    assert found.tobytes() == expected.tobytes() == by_numba.tobytes()


def test_a_wrong_call_is_an_error() -> None:
    a, b, out = (np.zeros((4, 4), np.float32) for _ in range(3))
    for wrong in [
        (a[:3], b, out),
        (a, b[:, :3].copy(), out),
        (a[0], b, out),
        (a.T[::2], b, out[:2]),
    ]:
        with pytest.raises(ValueError):
            native.native_matmul(*wrong)
    with pytest.raises(TypeError, match="an array of float64"):
        native.native_matmul(a, b, out.astype("f8"))
    with pytest.raises(ValueError, match="shares memory"):
        native.native_matmul(a, b, a)
    with pytest.raises(ValueError, match="contiguous"):
        native.native_matmul(a, np.asfortranarray(b), out)
