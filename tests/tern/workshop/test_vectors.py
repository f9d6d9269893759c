"""Kernels with vectors and threads: right for every size, and for numbers that are none."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from tern.workshop.ulps import sample, ulps
from tern.workshop.vectors import (
    BLOCK,
    COLUMNS,
    LANES,
    ROWS,
    broadcast,
    fma,
    library_matmul,
    load,
    multiply_panels,
    packed_matmul,
    parallel_sum,
    passes_softmax,
    plain_panels,
    serial_sum,
    softmax,
    store,
    vector_exp,
)

RANDOM = np.random.default_rng(14)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape, np.float32)


@njit
def _axpy(s, x, y, row, start):
    store(fma(broadcast(s), load(x, row, start), load(y, start)), y, start)


def test_a_vector_begins_anywhere_in_an_array() -> None:
    x, y = normal(3, LANES + 9), np.ones(LANES + 9, np.float32)
    expected = y.copy()
    expected[5 : 5 + LANES] += 2 * x[1, 5 : 5 + LANES]
    _axpy(np.float32(2), x, y, 1, 5)
    np.testing.assert_allclose(y, expected, rtol=1e-6)


@njit
def _loads(x):
    load(x, 0)


@njit
def _stores(x, y):
    store(load(x, 0), y, 0)


@pytest.mark.parametrize(("kernel", "arrays"), [(_loads, 1), (_stores, 2)])
def test_vectors_are_of_float32_only(kernel, arrays) -> None:
    with pytest.raises(TypingError, match="array of float32"):
        kernel(*[np.zeros(99, np.float32)] * (arrays - 1), np.zeros(99))


def test_a_transposed_array_has_no_vectors() -> None:
    kernel = njit(lambda x, y: store(load(x, 0, 0), y, 0, 0))
    rows = np.zeros((LANES, LANES), np.float32)
    kernel(rows, rows)
    with pytest.raises(TypingError, match="load takes .* and this is transposed"):
        kernel(rows.T, rows)
    with pytest.raises(TypingError, match="store takes .* and this is transposed"):
        kernel(rows, rows.T)


@pytest.mark.parametrize("kernel", [multiply_panels, plain_panels])
@pytest.mark.parametrize(("m", "n", "depth"), [(1, 1, 1), (3, 2, 17), (2, 3, 0), (0, 2, 5)])
def test_panels(kernel, m, n, depth) -> None:
    a, b, c = normal(m, depth, ROWS), normal(n, depth, COLUMNS), normal(m, n, ROWS, COLUMNS)
    expected = c + np.einsum("mki,nkj->mnij", a.astype(np.float64), b)
    kernel(a, b, c)
    np.testing.assert_allclose(c, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kernel", [packed_matmul, library_matmul])
@pytest.mark.parametrize(
    "sizes",
    [(0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (7, 1030, 35), (123, 67, 65), (241, 300, 130)],
)
def test_products_of_any_size(kernel, sizes) -> None:
    n, p, m = sizes
    a, b, c = normal(n, p), normal(p, m), normal(n, m)
    expected = c + a.astype(np.float64) @ b
    kernel(a, b, c)
    np.testing.assert_allclose(c, expected, rtol=1e-3, atol=1e-3)


def test_exp_is_within_a_unit_of_the_last_place() -> None:
    x = sample("exp", 400_000)
    y = np.empty_like(x)
    vector_exp(x, y)
    with np.errstate(all="ignore"):
        assert ulps(y, np.exp(x.astype(np.float64))).max() < 1.0


@pytest.mark.parametrize("kernel", [softmax, passes_softmax])
@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (1, 1), (5, 37), (3, 5000)])
def test_softmax(kernel, shape) -> None:
    x, y = 30 * normal(*shape), np.full(shape, np.nan, np.float32)
    kernel(x, y)
    wide = np.exp(x.astype(np.float64) - x.max(axis=1, keepdims=True, initial=-np.inf))
    np.testing.assert_allclose(y, wide / wide.sum(axis=1, keepdims=True), rtol=1e-5, atol=1e-38)


@pytest.mark.parametrize("kernel", [softmax, passes_softmax])
def test_softmax_of_what_is_no_number(kernel) -> None:
    x = normal(6, 70)
    x[0, 3], x[1, 4], x[2], x[3, :50] = np.nan, np.inf, -np.inf, -np.inf
    x[4] = np.copysign(np.nan, -1)
    y = np.empty_like(x)
    kernel(x, y)
    assert np.isnan(y).all(axis=1).tolist() == [True, True, True, False, True, False]
    assert not y[3, :50].any() and abs(y[3].sum() - 1) < 1e-5


@pytest.mark.parametrize("size", [0, 1, BLOCK, 5 * BLOCK + 3, 300_001])
def test_sums_have_the_same_bits_for_any_number_of_threads(size) -> None:
    x = 10 ** (6 * normal(size)) * np.sign(normal(size))
    sums = {serial_sum(x, 1), *(parallel_sum(x, threads) for threads in (1, 2, 3, 7, 100))}
    bound = (BLOCK + 32) * 2.0**-24 * np.abs(x).sum(dtype=np.float64)
    assert len(sums) == 1
    assert abs(sums.pop() - x.sum(dtype=np.float64)) <= bound


def test_a_sum_needs_a_thread() -> None:
    with pytest.raises(ValueError, match="at least one thread"):
        parallel_sum(normal(3), 0)
