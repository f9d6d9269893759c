"""Texts of LLVM IR as machine code, in a process that one of them may end (check/texts.py)."""

from __future__ import annotations

from typing import Any

from autograder.check import jobs, texts
from autograder.worker import sandbox

SECONDS, CPU = 40.0, 10  # limits of a process: wall-clock time, CPU time
MEMORY = 4 << 30
JOB = "autograder.check.llvm.job"


def run(name: str, programs: list[Any]) -> list[Any]:
    """What each of the packed programs gave (job.py). Ended; CheckFailed."""
    request = {"programs": programs}
    return texts.run(JOB, f"{__name__}:do_job", name, request, len(programs), SECONDS)


def do_job() -> None:
    """In a fork of the fork server: lock it down, then run the texts."""
    from autograder.check.llvm import job
    from tern.targets.llvm import jit  # before files are out of reach

    request = jobs.asked()
    jit.target_machine()
    limits = sandbox.Limits(cpu=CPU, memory=MEMORY)
    jobs.lock_down(request, limits)
    jobs.answer({"found": job.perform(request["programs"])})
