"""Timing one call of a function: prepare its arguments, go, fetch the result.

Only `go` is timed. The clock is the CPU's, not the wall's: for serial work the CPU time of the
whole process, so that a thread which somebody hides counts like everything else; for parallel work
the critical path, the CPU time of the busiest thread. That of all threads over as many as were
asked for is its least: more threads are no better idea.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable
from typing import Protocol

from autograder.speed import clock
from autograder.worker import wire

PREPARE_SECONDS = 120.0  # wall-clock limit of everything but the timed call
SERIAL, PARALLEL = "CPU time, all threads", "CPU time of the busiest thread"


class Timer(Protocol):
    """Times calls of one function, wherever that runs."""

    clock: str  # SERIAL, PARALLEL, or another clock in words
    pid: int  # of the process in which the function runs
    compiles: bool  # its first call may take its time
    outside: float  # CPU seconds of its process from before `prepare` to after `fetch`, less `go`

    def prepare(self, call: wire.Encoded) -> None:
        """Have the arguments ready."""

    def go(self, timeout: float, enough: float = math.inf) -> float:
        """Make the call; its CPU seconds. `timeout` is in seconds of the wall clock.

        One that has spent `enough` CPU seconds is ended as well, where it runs in another process.
        """
        ...

    def fetch(self) -> wire.Encoded:
        """The result, and what has become of the arguments that can be changed in place."""
        ...

    def cpu(self) -> float:
        """CPU seconds that a process of the function's own has used; 0 if it has none."""
        ...

    def threads(self) -> int:
        """How many threads that process has; 0 if the function has none of its own."""
        ...

    def message_seconds(self) -> float:
        """CPU seconds that a timed call of nothing takes. Ask only code that can be trusted."""
        ...


class Stopwatch:
    """CPU seconds that a process spends between `start` and `stop`; afterwards `whole` has those of
    all its threads, whatever is timed.

    Args:
        process: CPU seconds used by the process so far, all its threads.
        threads: the same for each thread by its number, to time the critical path; or None.
        share: the threads that may share the work.
    """

    def __init__(
        self,
        process: Callable[[], float],
        threads: Callable[[], dict[int, float]] | None = None,
        share: float = math.inf,
    ) -> None:
        self.process, self.threads, self.share = process, threads, share

    def start(self) -> None:
        self.before = self.threads() if self.threads else {}
        self.begun = self.process()

    def stop(self) -> float:
        self.whole = whole = self.process() - self.begun
        if not self.threads:
            return whole
        spent = [now - self.before.get(number, 0.0) for number, now in self.threads().items()]
        # What no living thread has spent was spent by one that has ended since: it might have been
        # anywhere, so it counts as on the critical path.
        return max(max(spent) + max(0.0, whole - sum(spent)), whole / self.share)


class LocalTimer:
    """Times a function of this process: for honest readers in a plain kernel."""

    compiles, outside = True, 0.0

    def __init__(self, function: Callable, parallel: int = 0) -> None:
        self.function, self.clock = function, PARALLEL if parallel else SERIAL
        self.pid = os.getpid()
        threads = (lambda: clock.thread_seconds(os.getpid())) if parallel else None
        self.watch = Stopwatch(time.process_time, threads, parallel or 1)

    def prepare(self, call: wire.Encoded) -> None:
        self.arguments, _ = call.decode()
        gc.collect()

    def go(self, timeout: float, enough: float = math.inf) -> float:
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

    def cpu(self) -> float:
        return 0.0

    def threads(self) -> int:
        return 0

    def message_seconds(self) -> float:
        return 0.0
