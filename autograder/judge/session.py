"""What a judge lends to the checks of a test cell (check/session.py): timers, counts, processes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograder.course.layout import Chapter
from autograder.judge.host import Host, RemoteFunction, Worker
from autograder.judge.timer import RemoteTimer
from autograder.report.measurement import Measurement

if TYPE_CHECKING:
    from autograder.check.native.counts import Counts


class JudgeSession:
    """The session of one test cell. It is its own lender of processes; close it afterwards."""

    measures_speed = True

    def __init__(self, nursery: Host, chapter: Chapter, cells: list[dict], secret: frozenset[str]):
        self.nursery, self.chapter, self.cells, self.secret = nursery, chapter, cells, secret
        self.recorded: list[Measurement] = []
        self.made: dict[str, Any] = {}
        self.reference: Worker | None = None

    @property
    def processes(self) -> JudgeSession:
        return self

    # ---- time, count, tell ----

    def timer(self, function: Any, like: Any = None, parallel: bool = False) -> RemoteTimer:
        """A timer for a stand-in, or for the book's own function, which runs in a trusted worker.

        That one returns what the stand-in `like` returns: its result, or what it changed in place.
        """
        if not isinstance(function, RemoteFunction):
            function = self._in_reference_worker(function, like)
        return RemoteTimer(function, parallel)

    def count(self, function: Any, arguments: Sequence[Any]) -> Counts:
        """What a call of the reader's function costs, counted in a process of its own."""
        from autograder.check.native import counts

        name = function.__name__
        return counts.count_numba(
            "\n\n".join(cell["source"] for cell in self.cells),
            arguments,
            name,
            self.secret,
            preload=self.chapter.preload,
            off=self.parts_of(name),
        )

    def record(self, measurement: Measurement) -> None:
        self.recorded.append(measurement)

    def say(self, sentence: str) -> None:
        """Nobody watches: the report tells what holds."""

    # ---- processes ----

    def parts_of(self, function: str) -> list[str]:
        return [each.part for each in self.chapter.exercises if each.function == function]

    def folder(self) -> tempfile.TemporaryDirectory:
        return self.nursery.folder()

    def run_job(
        self, job: str, folder: str, timeout: float, settings: dict[str, str] | None = None
    ) -> tuple[int | None, str]:
        return self.nursery.run_job(job, folder, timeout, settings)

    def trusted_worker(self, limits: dict[str, int]) -> Worker:
        return self.nursery.spawn(trusted={}, limits=limits)

    def _in_reference_worker(self, function: Any, like: Any) -> RemoteFunction:
        from tern import parts

        if self.reference is None:
            bind = {each.function: each.part for each in self.chapter.exercises}
            self.reference = self.nursery.spawn(trusted=bind)
        for exercise in self.chapter.exercises:
            if parts.get(exercise.part) is function:
                return self.reference.function(exercise.function, exercise.inout)
        name = f"{function.__module__}:{function.__name__}"
        return self.reference.function(name, getattr(like, "inout", False))

    def close(self) -> None:
        if self.reference is not None:
            self.reference.close()
