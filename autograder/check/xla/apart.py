"""Modules of HLO in a process that one of them may end, or keep for ever (check/texts.py)."""

from __future__ import annotations

from typing import Any

from autograder.check import jobs, texts
from autograder.check.failures import CouldNotMeasure
from autograder.check.xla import job
from autograder.worker import sandbox

SECONDS, CPU = 60.0, 50  # limits of a process: wall-clock time, CPU time
MEMORY = 12 << 30  # of addresses: XLA's threads reserve more than they use


def require() -> None:
    """CouldNotMeasure where XLA is not installed, or is another one: nothing passes unseen."""
    from tern.workshop.xla.real import unavailable

    if why := unavailable():
        raise CouldNotMeasure(f"not judged here: {why}")


def run(name: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A reply for each item (job.py). Ended; CheckFailed."""
    entry = f"{__name__}:do_job"
    return texts.modules("XLA", job.__name__, entry, name, items, SECONDS)


def do_job() -> None:
    """In a fork of the fork server: start XLA, lock the process down, then compile and run."""
    job.warm()  # while files are within reach, and threads may start
    request = jobs.asked()
    jobs.lock_down(request, sandbox.Limits(cpu=CPU, memory=MEMORY))
    jobs.answer({"found": job.perform(request)})
