"""What a judge lends to the checks of a test cell (check/session.py): timers and processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from autograder.course.layout import Chapter
from autograder.judge.timer import RemoteTimer
from autograder.judge.workers import ForkServer, RemoteFunction, Worker
from autograder.report.measurement import Measurement
from autograder.worker.cells import Cell


class JudgeSession:
    """The session of one test cell. It is its own lender of processes; close it afterwards."""

    measures_speed = True

    def __init__(
        self,
        server: ForkServer,
        chapter: Chapter,
        cells: list[Cell],
        secret: frozenset[str],
        off: Sequence[str] = (),
        made: dict[str, Any] | None = None,
        start: Callable[[], Worker] | None = None,
        forbidden: Sequence[str] = (),
    ) -> None:
        self.server, self.chapter, self.cells, self.secret = server, chapter, cells, secret
        self.off, self.forbidden = list(off), tuple(forbidden)
        self.preload = chapter.preload
        self.recorded: list[Measurement] = []
        self.made = {} if made is None else made
        self.start = start  # another worker, with the reader's cells run in it
        self.reference: Worker | None = None
        self.interprets: Worker | None = None
        self.others: list[Worker] = []

    @property
    def processes(self) -> JudgeSession:
        return self

    # ---- time, tell ----

    def timer(self, function: Any, like: Any = None, parallel: int = 0) -> RemoteTimer:
        """A timer for a stand-in, or for the book's own function, which runs in a trusted worker.

        That one returns what the stand-in `like` returns: its result, or what it changed in place.
        """
        if not isinstance(function, RemoteFunction):
            function = self._in_reference_worker(function, like)
        return RemoteTimer(function, parallel)

    def record(self, measurement: Measurement) -> None:
        self.recorded.append(measurement)

    def say(self, sentence: str) -> None:
        """Nobody watches: the report tells what holds."""

    # ---- processes ----

    def parts_of(self, function: str) -> list[str]:
        return self.off  # for the code of whatever function: it may have been emitted by the answer

    def folder(self) -> tempfile.TemporaryDirectory:
        return self.server.folder()

    def run_job(
        self, job: str, folder: str, timeout: float, settings: dict[str, str] | None = None
    ) -> tuple[int | None, str]:
        return self.server.run_job(job, folder, timeout, settings)

    def another(self, function: RemoteFunction) -> RemoteFunction:
        assert self.start is not None
        self.others.append(self.start())
        return self.others[-1].function(function.__name__, function.inout)

    def trusted_worker(self, limits: dict[str, int]) -> Worker:
        return self.server.spawn(trusted={}, limits=limits)

    def interpreter(self, limits: dict[str, int]) -> Worker:
        if self.interprets is None or not self.interprets.alive:
            self.interprets = self.trusted_worker(limits)
        return self.interprets

    def _in_reference_worker(self, function: Any, like: Any) -> RemoteFunction:
        from tern import parts

        if self.reference is None:
            bind = {each.function: each.part for each in self.chapter.exercises if each.part}
            self.reference = self.server.spawn(trusted=bind)
        for exercise in self.chapter.exercises:
            if exercise.part and parts.get(exercise.part) is function:
                return self.reference.function(exercise.function, exercise.inout)
        name = f"{function.__module__}:{function.__name__}"
        return self.reference.function(name, getattr(like, "inout", False))

    def close(self) -> None:
        for worker in (self.reference, self.interprets, *self.others):
            if worker is not None:
                worker.close()
