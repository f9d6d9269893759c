"""Texts that a compiler works on, one after another, in a process that one of them may end.

Under a judge the process is a fork of the fork server, locked down as a worker is, and gets texts
alone: no Python of the reader's runs in it, and the texts are compiled, and run, nowhere else. In a
plain notebook it is a process of its own all the same.
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
from autograder.check.session import current

AT = "at.txt"


class Ended(Exception):
    """The process ended, or did not, while it was `doing` something with text `number`; how, in a
    sentence."""

    def __init__(self, how: str, number: int | None = None, doing: str = "") -> None:
        super().__init__(how)
        self.number, self.doing = number, doing


def run(
    job: str, entry: str, name: str, request: dict[str, Any], count: int, seconds: float
) -> list[Any]:
    """What a job finds of each of `count` texts, which `request` has.

    `job` is a module. As a program it does what job.json in the current folder asks, and leaves
    {"found": […]} in reply.json; at.txt says which text it is at, by its number, or by that and
    what it does with it. `entry`, "module:function", does so in a fork of the fork server. `name`
    is the reader's function. Ended, also after so many `seconds` of wall-clock time; CheckFailed.
    """
    if (processes := current().processes) is None:
        with tempfile.TemporaryDirectory() as folder:
            return _found(_here(job, folder, request, seconds), count)
    with processes.folder() as folder:
        whole = {"name": name, "cells": [], **request}
        try:
            reply = jobs.run(processes, entry, folder, seconds, whole, {})
        except CheckFailed as failure:
            how = failure.message.replace(f"the process that ran {name}", "the process")
            raise _ended(folder, how.replace(f"{name} was still", "it was still")) from None
    return _found(reply, count)


def modules(
    tool: str, job: str, entry: str, name: str, items: list[dict[str, Any]], seconds: float
) -> list[dict[str, Any]]:
    """What the job of a tool finds of each module, a dict. Ended names the tool; CheckFailed."""
    try:
        found = run(job, entry, name, {"items": items}, len(items), seconds)
    except Ended as ended:
        told = f"{tool} did not survive {ended.doing}: {ended}" if ended.doing else str(ended)
        raise Ended(told, ended.number, ended.doing) from None
    if not all(isinstance(each, dict) for each in found):
        fail("the process that looked at the modules left no proper reply")
    return found


def _here(job: str, folder: str, request: dict[str, Any], seconds: float) -> Any:
    Path(folder, jobs.REQUEST).write_text(json.dumps(request))
    path = os.pathsep.join(filter(None, sys.path))
    options: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": path}}
    command = [sys.executable, "-P", "-m", job]
    try:
        done = subprocess.run(command, timeout=seconds, capture_output=True, text=True, **options)
    except subprocess.TimeoutExpired:
        raise _ended(folder, f"it was still running after {seconds:g} s") from None
    if done.returncode < 0:
        raise _ended(folder, f"the process ended early (signal {-done.returncode})")
    if done.returncode:
        words = done.stderr.strip().splitlines() or [""]
        raise _ended(folder, f"the process ended early: {words[-1][:300]}")
    return json.loads(Path(folder, jobs.REPLY).read_text())


def _ended(folder: str, how: str) -> Ended:
    try:
        at = json.loads(Path(folder, AT).read_bytes()[:200])
        number, doing = at if isinstance(at, list) else (at, "")
        return Ended(how, int(number), str(doing)[:60])
    except (OSError, ValueError, TypeError):
        return Ended(how)


def _found(reply: Any, count: int) -> list[Any]:
    found = reply.get("found") if isinstance(reply, dict) else None
    if not isinstance(found, list) or len(found) != count:
        fail("the process that ran the texts left no proper results")
    return found
