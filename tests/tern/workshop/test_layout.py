"""The plate that cools, in two layouts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.workshop.layout import smooth_plate, smooth_structs


def smoothed(t: np.ndarray, steps: int) -> np.ndarray:
    """The definition, in float64."""
    t = t.astype(np.float64)
    for _ in range(steps):
        new = t.copy()
        around = t[:-2, 1:-1] + t[2:, 1:-1] + t[1:-1, :-2] + t[1:-1, 2:]
        new[1:-1, 1:-1] = t[1:-1, 1:-1] + 0.2 * (around - 4 * t[1:-1, 1:-1])
        t = new
    return t


@given(st.integers(0, 9), st.integers(0, 20), st.integers(0, 5))
@settings(deadline=None)
def test_both_layouts_compute_the_same(rows: int, columns: int, steps: int) -> None:
    plate = np.random.default_rng(rows + 10 * columns).random((rows, columns, 8), np.float32)
    expected = smoothed(plate[:, :, 0], steps) if min(rows, columns) > 1 else plate[:, :, 0]
    for kernel in (smooth_structs, smooth_plate):
        mine, scratch = plate.copy(), np.full((2, rows, columns), np.nan, np.float32)
        assert kernel(mine, scratch, steps) is None
        assert np.allclose(mine[:, :, 0], expected, rtol=1e-4, atol=1e-5)
        assert (mine[:, :, 2:] == plate[:, :, 2:]).all()
