"""Who takes which piece of a loop, and when: schedules of pieces whose costs are known.

The schedules are OpenMP's (OpenMP Application Programming Interface, the `schedule` clause). Only
what the threads do to each other's speed is left out: every piece takes as long as it takes alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A piece of a loop that has run: its number, from 0, its thread, and from when to when."""

    number: int
    thread: int
    start: float
    end: float


def static(costs: Sequence[float], threads: int, chunk: int = 0) -> list[Piece]:
    """Who runs what is settled beforehand: OpenMP's `schedule(static)`.

    `costs` are the pieces' times, in order. Without a chunk, each thread takes one run of pieces,
    as even in number as can be; with one, runs of `chunk` pieces go around. ValueError if there is
    no thread. O(pieces).
    """
    _check(threads)
    free, pieces = [0.0] * threads, []
    for number, cost in enumerate(costs):
        if chunk:
            thread = number // chunk % threads
        else:
            thread = number * threads // len(costs)
        pieces.append(Piece(number, thread, free[thread], free[thread] + cost))
        free[thread] += cost
    return pieces


def dynamic(costs: Sequence[float], threads: int, chunk: int = 1) -> list[Piece]:
    """Whoever is free takes the next `chunk` pieces: OpenMP's `schedule(dynamic, chunk)`.

    Of several that are free, the lowest takes them. ValueError if there is no thread.
    O(pieces log threads).
    """
    _check(threads)
    free, pieces = [(0.0, thread) for thread in range(threads)], []
    for first in range(0, len(costs), chunk):
        now, thread = free[0]
        for number in range(first, min(first + chunk, len(costs))):
            pieces.append(Piece(number, thread, now, now + costs[number]))
            now += costs[number]
        heapq.heapreplace(free, (now, thread))
    return pieces


def finish(pieces: Sequence[Piece]) -> float:
    """When the last piece has ended; 0 of none."""
    return max((piece.end for piece in pieces), default=0.0)


def spans(pieces: Sequence[Piece]) -> list[tuple[int, float, float, str]]:
    """The pieces as `tern.draw.timeline` takes them."""
    return [(each.thread, each.start, each.end, str(each.number)) for each in pieces]


def _check(threads: int) -> None:
    if threads < 1:
        raise ValueError("a loop needs at least one thread")
