"""Which CPU a process runs on, while it is checked or timed. Only Linux lets it be chosen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from autograder.speed.clock import threads


@contextlib.contextmanager
def on_one_cpu(*pids: int) -> Iterator[None]:
    """Keep processes that take turns on one CPU, with all threads that they have; then let them go.

    A call from one to another then costs a switch of process instead of waking another CPU with
    cold caches. And two that are compared meet the same neighbor: a core with two hardware threads
    is up to twice as slow while the other thread is busy, and the scheduler keeps a process where
    it was.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    _tell_numba()
    allowed = os.sched_getaffinity(0)
    _keep(pids, {_current_cpu()} & allowed or allowed)
    try:
        yield
    finally:
        _keep(pids, allowed)


def set_up_thread_pools() -> None:
    """Call before anything starts threads: those of a pool then wait without using their CPU.

    By default they spin for a while after a parallel loop, and Numba's own pool during it as well:
    CPU time that does no work, and that a call's critical path would be charged for.
    """
    _tell_numba()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("NUMBA_THREADING_LAYER", "omp" if sys.platform == "linux" else "default")


def _tell_numba() -> None:
    """How many threads there may be. Numba counts the CPUs again whenever its settings change: on
    one CPU it would find one, and fail where its pool has more threads."""
    if hasattr(os, "sched_getaffinity"):
        os.environ.setdefault("NUMBA_NUM_THREADS", str(len(os.sched_getaffinity(0))))


def _current_cpu() -> int:
    """The CPU that this process is on: the scheduler has found it a good one."""
    with open("/proc/self/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[36])


def _keep(pids: tuple[int, ...], cpus: set[int]) -> None:
    for pid in pids:
        for thread in threads(pid):
            with contextlib.suppress(OSError):  # it has ended
                os.sched_setaffinity(thread, cpus)
