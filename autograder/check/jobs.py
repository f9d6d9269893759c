"""A reader's cells in a process of their own: what it is asked, how it is locked, what it leaves.

A check writes down a job, and the fork server's fork, which has the family's package imported,
reads it, locks itself down as a worker does, and runs the cells. It answers in files of one folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.check.failures import fail
from autograder.check.session import Processes
from autograder.worker import sandbox, stand_ins, system_programs
from autograder.worker.cells import Cells
from autograder.worker.errors import Where, frames
from autograder.worker.parts import switch_off
from autograder.worker.sandbox import landlock, seccomp

MAX_REPLY = 1 << 23  # bytes of reply.json
REQUEST, REPLY = "job.json", "reply.json"


# ---- the check's side ---------------------------------------------------------------------------


def run(
    processes: Processes,
    entry: str,
    folder: str,
    seconds: float,
    job: dict[str, Any],
    settings: dict[str, str],
    hint: str = "",
) -> dict[str, Any]:
    """Have `entry`, "module:function", do a job in `folder`: what it has replied.

    The job is given the reader's cells unless it brings its own, and the parts of tern that are
    off. CheckFailed if no reply is there after so many `seconds` of wall-clock time; `hint` says
    why that is slow.
    """
    name = job["name"]
    whole = {"cells": processes.cells, "off": processes.parts_of(name), **job}
    Path(folder, REQUEST).write_text(json.dumps(whole))
    settings = {"HOME": folder, "OMP_NUM_THREADS": "1", **settings}
    code, output = processes.run_job(entry, folder, seconds, settings)
    if code is None:
        fail(f"{name} was still running after {seconds:g} s{hint}")
    try:
        reply = json.loads(system_programs.read(folder, REPLY, MAX_REPLY))
        if type(reply) is dict:
            return reply
    except (OSError, ValueError, RecursionError):
        pass
    how = f"exit code {code}" if code >= 0 else f"signal {-code}"
    words = output.strip().splitlines() or [""]
    fail(f"the process that ran {name} ended early ({how}) {words[-1][:300]}".rstrip())


def where(reply: dict[str, Any]) -> Where:
    """Where in a cell the job says that an error was raised: nowhere, if it says it wrongly."""
    try:
        return frames(reply["where"])
    except (KeyError, TypeError, ValueError):
        return []


# ---- the process's side -------------------------------------------------------------------------


def asked(file: str = REQUEST) -> dict[str, Any]:
    return json.loads(Path(file).read_text())


def lock_down(
    job: dict[str, Any], limits: sandbox.Limits, readable: list[str] | None = None
) -> None:
    """Switch tern's parts off, and give up what a worker gives up but the current folder.

    In a fork of the fork server everything may be `readable`, as where none is named: the server
    has settled that, and a second lock can only take away.
    """
    for part in job["off"]:
        switch_off(part)
    sandbox.limit_resources(limits)
    landlock.lock_files(readable or ["/"], [os.getcwd(), "/dev/null"])
    seccomp.lock_calls()


def function_of(job: dict[str, Any], names: dict[str, Any] | None = None) -> Callable:
    """Run the job's cells as a notebook does, with `names` there: the function that they define.

    Raises what a cell raised, the first of them, if there is none.
    """
    stand_ins.prepare(os.getcwd())
    cells = Cells()
    cells.namespace.update(names or {})
    raised = [error for cell in job["cells"] if (error := cells.run(cell)) is not None]
    if callable(function := cells.namespace.get(job["name"])):
        return function
    raised.append(NameError(f"the cells define no function {job['name']}"))
    raise next(error for error in raised if isinstance(error, Exception))


def answer(reply: dict[str, Any]) -> None:
    Path(REPLY).write_text(json.dumps(reply))
