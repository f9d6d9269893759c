"""What two threads do to each other, measured where both ran at once, and only there.

Other programs may take a processor away at any time, so two threads seldom run side by side for
long. Each of them does its work in small batches, and writes down when each batch began and ended.
What counts is afterwards: the batches that nobody interrupted, with the other thread at work all
the while, or not at all.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

INTERRUPTED = 300_000  # ns: no batch takes so long, unless another program ran in between
TOGETHER, ALONE = 0.8, 0.05  # of a batch's time, in which the other thread was at work
FEW, ENOUGH = 20, 400  # batches


@dataclass(frozen=True)
class Pair:
    """The ns of a batch, without the other thread at work, and with it.

    The lower quartile: what other programs do makes a batch slower, and never quicker. None where
    too few batches were like that. `batches` says how many were, side by side.
    """

    alone: float | None
    together: float | None
    batches: int


def measure(
    work: Callable[..., None],
    arguments: Sequence[tuple[Any, ...]],
    batches: int = 10_000,
    seconds: float = 0.4,
) -> Pair:
    """What a batch of `work` takes in each of two threads, alone and side by side.

    `work` is a function that Numba compiled, called as work(k, *arguments[thread]) for batch k; it
    should take 1 to 100 microseconds. The two start together, again and again, until ENOUGH
    batches ran side by side, or `seconds` of CPU time are over.
    """
    run, found = stamped(work), ([], [])
    run(*_fresh(1), arguments[0])  # compiles it
    start = time.process_time()
    while time.process_time() - start < seconds and min(map(len, found)) < ENOUGH:
        stamps = _race(run, arguments, batches)
        for mine, theirs in (stamps, stamps[::-1]):
            times, shares = beside(mine, theirs)
            found[0].extend(times[shares < ALONE])
            found[1].extend(times[shares > TOGETHER])
    alone, together = (_quartile(each) for each in found)
    return Pair(alone, together, len(found[1]))


def _quartile(times: list[int]) -> float | None:
    return float(np.quantile(times, 0.25)) if len(times) >= FEW else None


def beside(mine: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The times of my batches, in ns, and in what share of each the other thread was at work.

    Both are int64[batches, 2], in order: when each began and ended, in ns. What was interrupted is
    left out: of mine, it has no time that means anything, and of theirs, nobody knows when it ran.
    """
    mine, theirs = (each[each[:, 1] - each[:, 0] < INTERRUPTED] for each in (mine, theirs))
    begins, ends = theirs[:, 0], theirs[:, 1]
    total = np.concatenate([[0], np.cumsum(ends - begins)])

    def busy_before(at: np.ndarray) -> np.ndarray:
        began = np.searchsorted(begins, at)
        last = np.maximum(began - 1, 0)
        running = np.where(began > 0, np.maximum(0, (ends[last] if ends.size else at) - at), 0)
        return total[began] - running

    times = mine[:, 1] - mine[:, 0]
    busy = busy_before(mine[:, 1]) - busy_before(mine[:, 0])
    return times, busy / np.maximum(times, 1)


def false_sharing(
    bytes_apart: Sequence[int], atomic: bool = False, count: int = 200
) -> list[tuple[int, Pair]]:
    """The ns of an increment for two threads whose counters are so many bytes apart.

    Each thread counts in two int64 side by side, and which of them comes next can't be foreseen: so
    each increment is a load and a store, or one atomic addition. The first thread's are at the
    beginning of a line.
    """
    room = np.zeros((max(bytes_apart, default=0) + 256) // 8, np.int64)
    start = -room.ctypes.data % 128 // 8
    places = np.random.default_rng(2).integers(0, 2, count)
    found = []
    for apart in bytes_apart:
        given = [(room, start + thread * apart // 8, places) for thread in range(2)]
        pair = measure(count_atomically if atomic else count_up, given)
        per = [None if each is None else each / count for each in (pair.alone, pair.together)]
        found.append((apart, Pair(per[0], per[1], pair.batches)))
    return found


@njit
def count_up(k: int, counters: np.ndarray, at: int, places: np.ndarray) -> None:
    """Count in memory: a load, an addition, and a store for each element of `places`."""
    for j in range(places.size):
        counters[at + places[j]] += 1


def _atomic_add(typing: Any, array: Any, at: Any, number: Any) -> Any:
    """array[at] += number, at once: nobody comes between the load and the store."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(array)(context, builder, args[0])
        pointer = cgutils.get_item_pointer(context, builder, array, made, [args[1]])
        builder.atomic_rmw("add", pointer, args[2], "monotonic")
        return context.get_dummy_value()

    return types.none(array, types.intp, types.int64), generate


atomic_add: Any = intrinsic(_atomic_add)


@njit
def count_atomically(k: int, counters: np.ndarray, at: int, places: np.ndarray) -> None:
    """The same with an atomic addition for each element, as for counters that others read."""
    for j in range(places.size):
        atomic_add(counters, at + places[j], 1)


@njit
def copy_piece(k: int, x: np.ndarray, y: np.ndarray, size: int) -> None:
    """Copy the k-th piece of `size` elements, around and around."""
    first = k % (x.size // size) * size
    for i in range(first, first + size):
        y[i] = x[i]


@cache
def stamped(work: Callable[..., None]) -> Callable[..., None]:
    """A compiled loop that calls work(k, *arguments), and writes down when each call was."""
    clock, which = _clock()

    @njit(nogil=True)
    def run(now: np.ndarray, stamps: np.ndarray, arguments: tuple[Any, ...]) -> None:
        for k in range(stamps.shape[0]):
            clock(which, now.ctypes)
            stamps[k, 0] = now[0] * 1_000_000_000 + now[1]
            work(k, *arguments)
            clock(which, now.ctypes)
            stamps[k, 1] = now[0] * 1_000_000_000 + now[1]

    return run


def _clock() -> tuple[Any, int]:
    """clock_gettime of the C library, and the finest clock that goes on evenly."""
    clock = ctypes.CDLL(None).clock_gettime
    clock.argtypes, clock.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_int
    return clock, getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC)


def _fresh(batches: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(2, np.int64), np.zeros((batches, 2), np.int64)


def _race(
    run: Callable[..., None], arguments: Sequence[tuple[Any, ...]], batches: int
) -> list[np.ndarray]:
    """Two threads at once; the stamps of each."""
    start, given = threading.Barrier(2), [_fresh(batches) for _ in range(2)]

    def thread(k: int) -> None:
        start.wait()
        run(*given[k], arguments[k])

    threads = [threading.Thread(target=thread, args=(k,)) for k in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [stamps for _, stamps in given]
