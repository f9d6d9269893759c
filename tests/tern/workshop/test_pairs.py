"""Two threads side by side: what is read off their stamps, and that their work is done."""

from __future__ import annotations

import numpy as np
import pytest

from tern.workshop.machine import pairs


def stamps(*batches: tuple[int, int]) -> np.ndarray:
    return np.array(batches, np.int64).reshape(-1, 2)


def test_the_share_of_a_batch_in_which_the_other_thread_was_at_work() -> None:
    mine = stamps((0, 10), (10, 20), (20, 30), (30, 40), (90, 100))
    theirs = stamps((8, 18), (18, 22), (25, 50))
    times, shares = pairs.beside(mine, theirs)
    assert times.tolist() == [10] * 5
    assert shares.tolist() == [0.2, 1.0, 0.7, 1.0, 0.0]


def test_a_batch_within_one_of_the_others() -> None:
    _, shares = pairs.beside(stamps((5, 7), (40, 60)), stamps((0, 50)))
    assert shares.tolist() == [1.0, 0.5]


def test_what_was_interrupted_says_nothing() -> None:
    long = pairs.INTERRUPTED
    times, shares = pairs.beside(stamps((0, long), (long, long + 9)), stamps((0, 2 * long)))
    assert times.tolist() == [9]  # mine was interrupted, and so was theirs, all the while
    assert shares.tolist() == [0.0]
    assert pairs.beside(stamps(), stamps((0, 5)))[0].size == 0


def test_batches_that_run_side_by_side_are_told_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two threads whose batches take 100 ns alone, and 300 side by side."""
    mine = stamps(*[(k, k + 100) for k in range(0, 3000, 100)])
    mine = np.concatenate([mine, stamps(*[(k, k + 300) for k in range(9000, 18000, 300)])])
    theirs = stamps(*[(k, k + 300) for k in range(9000, 18000, 300)])
    monkeypatch.setattr(pairs, "_race", lambda run, arguments, batches: [mine, theirs])
    monkeypatch.setattr(pairs, "stamped", lambda work: lambda *_: None)
    found = pairs.measure(print, [(), ()], seconds=1)
    assert (found.alone, found.together) == (100, 300)
    assert found.batches >= pairs.ENOUGH
    monkeypatch.setattr(pairs, "_race", lambda run, arguments, batches: [mine[:30], theirs[:0]])
    apart = pairs.measure(print, [(), ()], seconds=0.01)
    assert (apart.together, apart.batches) == (None, 0)


def test_two_threads_do_all_of_their_work() -> None:
    """As often as was asked, into their own counters, whoever runs when."""
    counters, places = np.zeros(64, np.int64), np.array([0, 1, 0, 0])
    run = pairs.stamped(pairs.count_up)
    arguments = [(counters, 0, places), (counters, 8, places)]
    given = pairs._race(run, arguments, 50)
    assert counters[[0, 1, 8, 9]].tolist() == [150, 50, 150, 50] and counters.sum() == 400
    for each in given:
        assert each.shape == (50, 2)
        assert (np.diff(each.ravel()) >= 0).all() and each[0, 0] > 0


def test_atomic_additions_of_two_threads_lose_nothing() -> None:
    counters, places = np.zeros(4, np.int64), np.array([0, 1, 0] * 300)
    pairs._race(pairs.stamped(pairs.count_atomically), [(counters, 1, places)] * 2, 200)
    assert counters.tolist() == [0, 2 * 200 * 600, 2 * 200 * 300, 0]


def test_a_copy_goes_around_and_around() -> None:
    x, y = np.arange(20, dtype=np.float32), np.zeros(20, np.float32)
    for k in (0, 2, 5):
        pairs.copy_piece(k, x, y, 6)
    assert y.tolist() == [*range(6), *[0] * 6, *range(12, 18), 0, 0]
    assert y[12:18].tolist() == x[12:18].tolist()


def test_counters_so_far_apart_are_measured_in_order() -> None:
    for atomic in (False, True):
        found = pairs.false_sharing([16, 64], atomic, count=50)
        assert [apart for apart, _ in found] == [16, 64]
        assert all(pair.alone > 0 for _, pair in found if pair.alone is not None)
