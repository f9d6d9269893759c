"""Systolic arrays: against cells that pass numbers on, and against published cycle counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.cost import (
    output_stationary_frames,
    systolic_cycles,
    systolic_frames,
    systolic_matmul,
    utilization,
)


def stepped(A: np.ndarray, W: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The array as hardware: each cell has registers, and knows its neighbors alone."""
    (m, k), n = A.shape, W.shape[1]
    weights = {(p, q): int(W[p, q]) if p < k and q < n else 0
               for p in range(rows) for q in range(columns)}  # fmt: skip
    right: dict = {}  # what each cell passes on to its right, (row of A, number), or nothing
    down: dict = {}
    sums, busy = [], []
    for t in range(m + rows + columns - 2):
        moved, fallen = {}, {}
        frame = np.zeros((rows, columns), np.int64)
        work = np.zeros((rows, columns), np.bool_)
        for p in range(rows):
            for q in range(columns):
                if q:
                    came = right.get((p, q - 1))
                else:
                    i = t - p
                    came = (i, int(A[i, p]) if p < k else None) if 0 <= i < m else None
                if came is None:
                    continue
                i, number = came
                frame[p, q] = (down[p - 1, q] if p else 0) + weights[p, q] * (number or 0)
                work[p, q] = number is not None and p < k and q < n
                moved[p, q], fallen[p, q] = came, int(frame[p, q])
        right, down = moved, fallen
        sums.append(frame)
        busy.append(work)
    return np.array(sums), np.array(busy)


shapes = st.tuples(*[st.integers(1, 5)] * 5)


@given(shapes, st.integers(0, 1000))
@settings(deadline=None)
def test_frames_are_what_cells_do(shape, seed) -> None:
    m, k, n, more_rows, more_columns = shape
    rng = np.random.default_rng(seed)
    A, W = rng.integers(-9, 9, (m, k)), rng.integers(-9, 9, (k, n))
    rows, columns = k + more_rows - 1, n + more_columns - 1
    sums, busy = systolic_frames(A, W, rows, columns)
    expected_sums, expected_busy = stepped(A, W, rows, columns)
    assert (sums == expected_sums).all() and (busy == expected_busy).all()
    assert sums.dtype == np.int64 and busy.dtype == np.bool_


@given(st.tuples(*[st.integers(1, 9)] * 3), st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None)
def test_products_are_right_and_take_the_cycles_of_the_formula(shape, rows, columns) -> None:
    m, k, n = shape
    rng = np.random.default_rng(m + 10 * k + 100 * n)
    A, B = rng.integers(-9, 9, (m, k)), rng.integers(-9, 9, (k, n))
    run = systolic_matmul(A, B, rows, columns)
    assert (run.result == A @ B).all()
    assert run.cycles == systolic_cycles(m, k, n, rows, columns)
    assert run.utilization == pytest.approx(utilization(m, k, n, rows, columns))


@given(st.tuples(*[st.integers(1, 5)] * 3))
@settings(deadline=None)
def test_sums_that_stay(shape) -> None:
    m, k, n = shape
    rng = np.random.default_rng(m + 10 * k + 100 * n)
    A, B = rng.integers(-9, 9, (m, k)), rng.integers(-9, 9, (k, n))
    sums, busy = output_stationary_frames(A, B, m, n)
    assert (sums[-1] == A @ B).all() and busy.sum() == m * k * n
    assert len(sums) + m == systolic_cycles(m, k, n, m, n, "output")


def test_published_cycles() -> None:
    """SCALE-Sim's equation, 2 R + C + T - 2 a fold, on a 128 x 128 array: Samajdar et al., 2020."""
    assert systolic_cycles(1000, 128, 128, 128, 128) == 2 * 128 + 128 + 1000 - 2
    assert systolic_cycles(1000, 129, 128, 128, 128) == 2 * (2 * 128 + 128 + 1000 - 2)
    assert systolic_cycles(128, 1000, 128, 128, 128, "output") == 2 * 128 + 128 + 1000 - 2


def test_the_tpu_of_2017_multiplies_as_fast_as_its_paper_says() -> None:
    """256 x 256 cells, 700 MHz, 2 operations each: 92 TOPS (Jouppi et al., ISCA 2017, table 2)."""
    cells, clock = 256 * 256, 700e6
    m = 1 << 20  # so many rows that filling the array does not count
    share = utilization(m, 256, 256, 256, 256)
    assert 2 * cells * clock * share / 1e12 == pytest.approx(92, rel=0.01)


def test_what_does_not_fit_is_refused() -> None:
    ones = np.ones((3, 3), np.int64)
    with pytest.raises(ValueError, match="3 by 3 weights do not fit into 2 by 4 cells"):
        systolic_frames(ones, ones, 2, 4)
    with pytest.raises(ValueError, match="do not fit"):
        output_stationary_frames(ones, ones, 4, 2)
    with pytest.raises(ValueError, match="a dataflow is"):
        systolic_cycles(1, 1, 1, 1, 1, "input")
