"""Modules of MLIR in a process that one of them may end, or keep for ever (check/texts.py)."""

from __future__ import annotations

from typing import Any

from autograder.check import jobs, texts
from autograder.check.failures import CouldNotMeasure
from autograder.check.mlir import job
from autograder.worker import sandbox

SECONDS, CPU = 40.0, 30  # limits of a process: wall-clock time, CPU time
MEMORY = 6 << 30


def require() -> None:
    """CouldNotMeasure where MLIR is not installed: nothing passes unseen."""
    from tern.targets.mlir.package import missing

    if why := missing():
        raise CouldNotMeasure(f"not judged here: {why}")


def run(name: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A reply for each item (job.py). Ended; CheckFailed."""
    entry = f"{__name__}:do_job"
    return texts.modules("MLIR", job.__name__, entry, name, items, SECONDS)


def do_job() -> None:
    """In a fork of the fork server: lock it down, then look at the modules."""
    import torch_mlir.execution_engine
    import torch_mlir.passmanager  # noqa: F401

    import tern.targets.mlir  # noqa: F401  (before files are out of reach)

    request = jobs.asked()
    for item in request["items"]:
        if item.get("dialect"):
            __import__(item["dialect"].partition(":")[0])
    limits = sandbox.Limits(cpu=CPU, memory=MEMORY)
    jobs.lock_down(request, limits)
    jobs.answer({"found": job.perform(request)})
