"""What warps cost: against counting lane by lane, and against the meter of chapter 15."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.gpu import warp_costs
from tern.gpu.sectors import count_sectors


def by_hand(values, active, kind: str, size: int) -> list[int]:
    found = []
    for row, on in zip(values.tolist(), active.tolist()):
        row = [value for value, takes_part in zip(row, on) if takes_part]
        if kind == "paths":
            found.append(len(set(row)))
        elif kind == "sectors":
            found.append(len({at // 32 for value in row for at in (value, value + size - 1)}))
        else:
            words = {value // 4 + k for value in row for k in range(max(1, size // 4))}
            banks = [word % 32 for word in words]
            found.append(max((banks.count(bank) for bank in banks), default=0))
    return found


@given(
    st.integers(0, 3),
    st.integers(1, 40),
    st.sampled_from(["sectors", "banks", "paths"]),
    st.sampled_from([1, 2, 4, 8, 16]),
    st.sampled_from([np.int64, np.uint64]),
    st.integers(0, 1000),
)
@settings(deadline=None)
def test_costs_are_what_lanes_differ_in(rows, lanes, kind, size, dtype, seed) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 600, (rows, lanes)).astype(dtype)
    active = rng.random((rows, lanes)) < 0.7
    found = warp_costs(values, active, kind, size)
    assert found.dtype == np.int64
    assert found.tolist() == by_hand(values, active, kind, size)


def test_a_matrix_read_by_columns_in_shared_memory() -> None:
    """32 x 32 floats: 32 turns, and 1 with a column of padding."""
    lanes, on = np.arange(32)[None, :], np.ones((1, 32), np.bool_)
    assert warp_costs(lanes * 32 * 4, on, "banks").tolist() == [32]
    assert warp_costs(lanes * 33 * 4, on, "banks").tolist() == [1]


def test_the_meter_counts_the_same_sectors() -> None:
    rng = np.random.default_rng(15)
    addresses = rng.integers(0, 1 << 20, (16, 32)).astype(np.uint64) * np.uint64(4)
    mask = rng.random((16, 32)) < 0.8
    per_warp = warp_costs(addresses, mask, "sectors")
    assert int(per_warp.sum()) == sum(count_sectors(row, on, 4) for row, on in zip(addresses, mask))
