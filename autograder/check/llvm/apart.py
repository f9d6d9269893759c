"""Texts of LLVM IR as machine code, in a process locked down as a worker is.

It is a fork of the fork server, and gets texts alone: no Python of the reader's runs in it, and
the text of a reader's is compiled, and run, nowhere else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograder.check import jobs
from autograder.check.failures import CheckFailed, fail
from autograder.check.session import Processes
from autograder.worker import sandbox

SECONDS, CPU = 40.0, 10  # limits of a process: wall-clock time, CPU time
MEMORY = 4 << 30


class Ended(Exception):
    """The process ended, or did not, while it ran program `number`; how, in a sentence."""

    def __init__(self, how: str, number: int | None) -> None:
        super().__init__(how)
        self.number = number


def run(processes: Processes | None, name: str, programs: list[Any]) -> list[Any]:
    """What each of the packed programs gave (tern/targets/llvm/job.py). Ended; CheckFailed."""
    if processes is None:
        return _run_here(programs)
    with processes.folder() as folder:
        job = {"name": name, "programs": programs, "cells": []}
        try:
            reply = jobs.run(processes, f"{__name__}:do_job", folder, SECONDS, job, {})
        except CheckFailed as failure:
            raise Ended(failure.message, _last(folder)) from None
    return _found(reply, len(programs))


def _run_here(programs: list[Any]) -> list[Any]:
    """In a plain notebook: in a process of its own all the same, which a wrong text may end."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.json").write_text(json.dumps({"programs": programs}))
        command = [sys.executable, "-P", "-m", "tern.targets.llvm.job"]
        path = os.pathsep.join(filter(None, sys.path))
        options: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": path}}
        try:
            done = subprocess.run(
                command, timeout=SECONDS, capture_output=True, text=True, **options
            )
        except subprocess.TimeoutExpired:
            raise Ended(f"it was still running after {SECONDS:g} s", _last(folder)) from None
        if done.returncode < 0:
            raise Ended(f"the process ended early (signal {-done.returncode})", _last(folder))
        if done.returncode:
            words = done.stderr.strip().splitlines() or [""]
            raise Ended(f"the process ended early: {words[-1][:300]}", _last(folder))
        return _found(json.loads(Path(folder, "reply.json").read_text()), len(programs))


def _last(folder: str) -> int | None:
    try:
        return int(Path(folder, "at.txt").read_bytes()[:20])
    except (OSError, ValueError):
        return None


def _found(reply: Any, count: int) -> list[Any]:
    found = reply.get("found") if isinstance(reply, dict) else None
    if not isinstance(found, list) or len(found) != count:
        fail("the process that ran the texts left no proper results")
    return found


def do_job() -> None:
    """In a fork of the fork server: lock it down, then run the texts."""
    from tern.targets.llvm import jit, job  # before files are out of reach

    request = jobs.asked()
    jit.target_machine()
    limits = sandbox.Limits(cpu=CPU, memory=MEMORY)
    jobs.lock_down(request, limits)
    jobs.answer({"found": job.perform(request["programs"])})
