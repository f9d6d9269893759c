"""Times a function in a worker by the worker's clocks, read from outside it."""

from __future__ import annotations

import math
import statistics

from autograder.judge.workers import RemoteFunction
from autograder.speed import clock
from autograder.speed.timers import PARALLEL, PREPARE_SECONDS, SERIAL, Stopwatch
from autograder.worker import wire
from autograder.worker.errors import WorkerLost


class RemoteTimer:
    """The timer (speed/timers.py) of a reader's function, and of the book's in a trusted worker."""

    def __init__(self, function: RemoteFunction, parallel: int = 0) -> None:
        self.worker, self.name, self.inout = function.worker, function.__name__, function.inout
        self.clock = PARALLEL if parallel else SERIAL
        self.compiles = self.worker.native
        self.pid = pid = self.worker.pid
        threads = (lambda: clock.thread_seconds(pid)) if parallel else None
        self.watch = Stopwatch(self.cpu, threads, parallel or 1)
        self.outside = self.before = 0.0

    def cpu(self) -> float:
        return self.worker.clock()

    def threads(self) -> int:
        return len(clock.threads(self.worker.pid))

    def prepare(self, call: wire.Encoded) -> None:
        self.before = self.cpu()
        self.worker.request("prepare", call, PREPARE_SECONDS, name=self.name)

    def go(self, timeout: float, enough: float = math.inf) -> float:
        clock.settle(self.worker.pid)  # what is left to do of the last request is not timed
        self.watch.start()
        begun = self.watch.begun
        try:
            self.worker.request("go", None, timeout, enough)
        except WorkerLost as lost:
            lost.cpu -= begun
            raise
        clock.settle(self.worker.pid)
        return self.watch.stop()

    def fetch(self) -> wire.Encoded:
        value = self.worker.request_encoded("fetch", None, PREPARE_SECONDS, inout=self.inout)
        self.outside = self.cpu() - self.before - self.watch.whole
        return value

    def message_seconds(self) -> float:
        return statistics.median(self._nothing() for _ in range(5))

    def _nothing(self) -> float:
        clock.settle(self.worker.pid)
        self.watch.start()
        self.worker.request("nothing")
        clock.settle(self.worker.pid)
        return self.watch.stop()
