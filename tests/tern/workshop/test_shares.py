"""Schedules of pieces: every piece once, and no thread in two at once, or idle for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tern.workshop.shares import Piece, dynamic, finish, spans, static

COSTS = st.lists(st.integers(0, 50), max_size=40)
UNEVEN = [1, 2, 3, 4, 5, 6, 7, 8]


def test_static_gives_each_thread_one_run_of_pieces() -> None:
    pieces = static(UNEVEN, 2)
    assert [each.thread for each in pieces] == [0] * 4 + [1] * 4
    assert finish(pieces) == 26  # 5 + 6 + 7 + 8
    assert pieces[5] == Piece(5, 1, 5, 11)
    assert spans(pieces)[5] == (1, 5, 11, "5")


def test_static_in_turn_is_more_even() -> None:
    pieces = static(UNEVEN, 2, chunk=1)
    assert [each.thread for each in pieces] == [0, 1] * 4
    assert finish(pieces) == 20


def test_dynamic_gives_the_next_piece_to_whoever_is_free() -> None:
    pieces = dynamic([5, 1, 1, 1, 1, 1, 1], 2)
    assert [each.thread for each in pieces] == [0, 1, 1, 1, 1, 1, 0]
    assert finish(pieces) == 6  # the last one waits for nobody: both were free at 5
    assert finish(dynamic([1, 1, 1, 9], 2)) == 10  # the largest comes last
    assert [each.thread for each in dynamic([5, 1, 1, 1], 2, chunk=2)] == [0, 0, 1, 1]


@given(COSTS, st.integers(1, 5), st.integers(1, 4))
def test_what_holds_of_every_schedule(costs: list[int], threads: int, chunk: int) -> None:
    total, largest = sum(costs), max(costs, default=0)
    schedules = (static(costs, threads), static(costs, threads, chunk), dynamic(costs, threads))
    for pieces in (*schedules, dynamic(costs, threads, chunk)):
        assert [each.number for each in pieces] == list(range(len(costs)))
        assert [each.end - each.start for each in pieces] == costs
        for thread in range(threads):
            mine = [each for each in pieces if each.thread == thread]
            assert all(one.end == other.start for one, other in zip(mine, mine[1:]))
            assert not mine or mine[0].start == 0
        assert total <= threads * finish(pieces)
    # Graham, "Bounds on Multiprocessing Timing Anomalies", 1969
    assert threads * finish(schedules[2]) <= total + (threads - 1) * largest


def test_no_pieces_and_no_threads() -> None:
    assert finish(static([], 3)) == finish(dynamic([], 3)) == 0
    for schedule in (static, dynamic):
        with pytest.raises(ValueError, match="at least one thread"):
            schedule([1], 0)
