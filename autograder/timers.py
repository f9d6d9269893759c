"""Timing one call of a function, here or in a worker: prepare its arguments, go, fetch the result.

Only `go` is timed. The clock is the CPU's, not the wall's: for serial work the CPU time of the whole
process, so that a thread which somebody hides counts like everything else; for parallel work the
critical path, the CPU time of the busiest thread.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from autograder import clock, wire
from autograder.host import RemoteFunction, WorkerLost

PREPARE_SECONDS = 120.0  # wall-clock limit of everything but the timed call
SERIAL, PARALLEL = "CPU time, all threads", "CPU time of the busiest thread"


class Stopwatch:
    """CPU seconds that a process spends between `start` and `stop`.

    Args:
        process: CPU seconds used by the process so far, all its threads.
        threads: the same for each thread by its number, to time the critical path; or None.
    """

    def __init__(
        self, process: Callable[[], float], threads: Callable[[], dict[int, float]] | None = None
    ):
        self.process, self.threads = process, threads

    def start(self) -> None:
        self.before = self.threads() if self.threads else {}
        self.begun = self.process()

    def stop(self) -> float:
        whole = self.process() - self.begun
        if not self.threads:
            return whole
        spent = [now - self.before.get(number, 0.0) for number, now in self.threads().items()]
        # What no living thread has spent was spent by one that has ended since: it might have been
        # anywhere, so it counts as on the critical path.
        return max(spent) + max(0.0, whole - sum(spent))


class LocalTimer:
    """Times a function of this process: for honest readers in a plain kernel."""

    def __init__(self, function: Callable, parallel: bool = False):
        self.function, self.clock = function, PARALLEL if parallel else SERIAL
        self.pid = os.getpid()
        threads = (lambda: clock.thread_seconds(os.getpid())) if parallel else None
        self.watch = Stopwatch(time.process_time, threads)

    def prepare(self, call: wire.Encoded) -> None:
        self.arguments, _ = call.decode()
        gc.collect()

    def go(self, timeout: float) -> float:
        was_enabled = gc.isenabled()
        gc.disable()
        self.watch.start()
        try:
            self.result = self.function(*self.arguments)
            return self.watch.stop()
        finally:
            if was_enabled:
                gc.enable()

    def fetch(self) -> wire.Encoded:
        changed = [(i, one) for i, one in enumerate(self.arguments) if wire.can_assign(one)]
        return wire.Encoded.of((self.result, changed))


class RemoteTimer:
    """Times a function in a worker by the worker's clocks, read from outside it."""

    def __init__(self, function: RemoteFunction, parallel: bool = False):
        self.worker, self.name, self.inout = function.worker, function.__name__, function.inout
        self.clock = PARALLEL if parallel else SERIAL
        self.compiles = self.worker.native
        self.pid = pid = self.worker.pid
        self.watch = Stopwatch(self.cpu, (lambda: clock.thread_seconds(pid)) if parallel else None)
        self.elsewhere = 0.0  # CPU seconds outside the timed call, in the current call

    def cpu(self) -> float:
        """CPU seconds that the worker has used since it was started."""
        return self.worker.clock()

    def threads(self) -> int:
        """How many threads the worker has."""
        return len(clock.threads(self.worker.pid))

    def prepare(self, call: wire.Encoded) -> None:
        before = self.cpu()
        self.worker.request("prepare", call, PREPARE_SECONDS, name=self.name)
        self.elsewhere = self.cpu() - before

    def go(self, timeout: float) -> float:
        clock.settle(self.worker.pid)  # what is left to do of the last request is not timed
        self.watch.start()
        begun = self.watch.begun
        try:
            self.worker.request("go", None, timeout)
        except WorkerLost as lost:
            lost.cpu -= begun
            raise
        clock.settle(self.worker.pid)
        return self.watch.stop()

    def fetch(self) -> wire.Encoded:
        before = self.cpu()
        value = self.worker.request_encoded("fetch", None, PREPARE_SECONDS, inout=self.inout)
        self.elsewhere += self.cpu() - before
        return value

    def message_seconds(self) -> float:
        """CPU seconds that a timed call of nothing takes. Ask only a worker that can be trusted."""
        return statistics.median(self._nothing() for _ in range(5))

    def _nothing(self) -> float:
        clock.settle(self.worker.pid)
        self.watch.start()
        self.worker.request("nothing")
        clock.settle(self.worker.pid)
        return self.watch.stop()
