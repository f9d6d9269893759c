"""Who runs a check: a plain notebook, or a judge. What a check needs of either is a Session."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import tempfile

    from autograder.report.measurement import Measurement
    from autograder.speed.timers import Timer
    from autograder.worker.cells import Cell


class TrustedWorker(Protocol):
    """A process of the judge's that runs the book's own functions."""

    alive: bool

    def request(self, do: str, value: Any = None, timeout: float = 10.0, **more: Any) -> Any: ...

    def function(self, name: str, inout: bool = False) -> Any: ...

    def close(self) -> int: ...


class Processes(Protocol):
    """What a judge lends to checks that run a reader's code in processes of their own."""

    cells: list[Cell]  # the reader's cells that such a process runs first: {"id", "source"}
    preload: tuple[str, ...]  # modules that they need
    secret: frozenset[str]  # files and folders that they may not read
    forbidden: tuple[str, ...]  # short cuts that they may not take (worker/shortcuts.py)
    made: dict[str, Any]  # what a check has made of this answer, and would make again

    def parts_of(self, function: str) -> list[str]:
        """The parts of tern that are switched off while the reader's `function` is run."""
        ...

    def folder(self) -> tempfile.TemporaryDirectory:
        """A new folder where a job may write."""
        ...

    def run_job(
        self, job: str, folder: str, timeout: float, settings: dict[str, str] | None = None
    ) -> tuple[int | None, str]:
        """Call the book's function `job`, "module:function", in a process that may be locked down.

        Its exit code, None if the time was over, and the beginning of its output.
        """
        ...

    def another(self, function: Any) -> Any:
        """The reader's `function` in a new process, which knows of no call before."""
        ...

    def trusted_worker(self, limits: dict[str, int]) -> TrustedWorker: ...

    def interpreter(self, limits: dict[str, int]) -> TrustedWorker:
        """A trusted worker that lasts for the test cell, or for as long as it lives."""
        ...


class Session(Protocol):
    """What a check may ask of whoever runs it."""

    @property
    def processes(self) -> Processes | None:
        """None in a plain notebook: the reader's functions are right here."""
        ...

    @property
    def measures_speed(self) -> bool: ...

    def timer(self, function: Any, like: Any = None, parallel: int = 0) -> Timer:
        """A timer of a function. One of the book's is called as the reader's `like` is.

        With `parallel` it times the critical path of work that so many threads may share.
        """
        ...

    def record(self, measurement: Measurement) -> None:
        """Keep what was measured for the report, or show it."""

    def say(self, sentence: str) -> None:
        """Tell a reader who watches that something holds."""


class LocalSession:
    """A plain notebook: the reader's functions are right here, and what is measured is printed."""

    processes = None

    @property
    def measures_speed(self) -> bool:
        return os.environ.get("AUTOGRADER_SPEED") != "off"

    def timer(self, function: Callable, like: Any = None, parallel: int = 0) -> Timer:
        from autograder.speed.timers import LocalTimer
        from autograder.worker import codecs

        codecs.register_tern()
        return LocalTimer(function, parallel)

    def record(self, measurement: Measurement) -> None:
        if measurement.verdict == "passed":
            print(measurement.told())
            if circumstances := measurement.circumstances():
                print(f"  ({circumstances})")

    def say(self, sentence: str) -> None:
        print(sentence)


_current: ContextVar[Session] = ContextVar("session")
_local = LocalSession()


def current() -> Session:
    return _current.get(_local)


@contextlib.contextmanager
def use(session: Session) -> Iterator[None]:
    """Run checks in this session until the `with` block ends."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


def seed_of_inputs() -> int:
    """What a check draws its inputs from: new in every run, unless AUTOGRADER_SEED sets it."""
    return int(os.environ.get("AUTOGRADER_SEED") or secrets.randbelow(1 << 32))
