"""A reader's launcher, measured or compiled in a process locked down as a worker is.

The process is a fork of the fork server, which has Triton imported already. It gets the tensors and
leaves counts, results and PTX behind; NVIDIA's assembler reads the PTX in a process that sees
nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.check.failures import fail
from autograder.check.session import Processes
from autograder.worker import confined, landlock, sandbox, seccomp
from autograder.worker.errors import Where, frames

COUNT_SECONDS, BUILD_SECONDS = 120.0, 60.0  # wall-clock limits of one process
MAX_BYTES = 1 << 28  # of all tensors of a job
MEMORY = 12 << 30  # bytes of address space: torch reserves much and uses little


def counted(processes: Processes, launcher: Any, calls: Sequence[Sequence[Any]], how: dict) -> list:
    """The Traffic of each call. CheckFailed if there is none."""
    from tern.gpu.job import unpack_calls
    from tern.gpu.traffic import from_plain

    reply, data = _job(processes, launcher, calls, how, None, COUNT_SECONDS)
    try:
        results = unpack_calls(reply["results"], data)
        traffics = [from_plain(each) for each in reply["traffic"]]
        pairs = zip(traffics, results, strict=True)
        found = [dataclasses.replace(each, results=tuple(values)) for each, values in pairs]
        if len(found) == len(calls):
            return found
        wrong: Any = f"counts of {len(found)} calls, not of {len(calls)}"
    except (ValueError, KeyError, TypeError) as error:
        wrong = error
    fail(f"{launcher.__name__} left no proper counts: {str(wrong)[:300]}")


def built(processes: Processes, launcher: Any, arguments: Sequence[Any], device: str) -> tuple:
    """The Builds of a call, made once for each test cell. BuildError, or CheckFailed."""
    from tern.gpu.job import pack

    cells = getattr(launcher, "cells", None)  # only shapes, types, and numbers decide besides
    key = json.dumps([launcher.__name__, cells, pack(arguments)[0], device])
    if key not in processes.made:
        processes.made[key] = _built(processes, launcher, arguments, device)
    return processes.made[key]


def _built(processes: Processes, launcher: Any, arguments: Sequence[Any], device: str) -> tuple:
    from tern.gpu import BuildError, offline

    reply, _ = _job(processes, launcher, [arguments], {}, device, BUILD_SECONDS)
    try:
        fronts = [offline.checked(each) for each in reply["fronts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(f"the compiler left nothing proper: {str(error)[:300]}") from None
    return tuple(offline.finish(each, device, tool, BUILD_SECONDS) for each in fronts)


def _job(
    processes: Processes,
    launcher: Any,
    calls: Sequence[Sequence[Any]],
    how: dict,
    device: str | None,
    seconds: float,
) -> tuple:
    """Run a job of tern/gpu/job.py on the launcher's cells: its reply, and its results' bytes."""
    from tern.gpu.job import pack_calls

    name = launcher.__name__
    described, data = pack_calls(calls)
    # A launcher that comes as a text, which a reader's function made, needs none of its cells.
    cells = getattr(launcher, "cells", None) or processes.cells
    with processes.folder() as folder:
        Path(folder, "arguments.bin").write_bytes(data)
        job = {
            "cells": cells,
            "name": name,
            "calls": described,
            "how": how,
            "device": device,
            "folder": folder,
            "off": processes.parts_of(name),
            "seconds": seconds,
        }
        Path(folder, "job.json").write_text(json.dumps(job))
        settings = {"TRITON_CACHE_DIR": folder, "HOME": folder, "OMP_NUM_THREADS": "1"}
        code, output = processes.run_job(
            "autograder.check.triton.apart:do_job", folder, seconds, settings
        )
        if code is None:
            fail(f"{name} was still running after {seconds:g} s")
        try:
            reply = json.loads(confined.read(folder, "reply.json"))
            if "error" not in reply:
                results = confined.read(folder, "results.bin", MAX_BYTES) if device is None else b""
                return reply, results
        except (OSError, ValueError, TypeError, RecursionError):
            words = output.strip().splitlines() or [f"exit code {code}"]
            fail(f"the process that ran {name} ended early: {words[-1][:300]}")
        fail(f"calling {name}: {str(reply['error'])[:500]}", (), _frames(reply.get("where")))


def _frames(where: Any) -> Where:
    try:
        return frames(where)
    except (TypeError, ValueError):
        return []


def do_job() -> None:
    """In a fork of the fork server: lock it down, then run the cells as job.json says."""
    from autograder.worker.parts import switch_off
    from tern.gpu import job

    request = json.loads(Path("job.json").read_text())
    for part in request["off"]:
        switch_off(part)
    job.prepare(request)
    limits = sandbox.Limits(cpu=int(request["seconds"]) + 1, memory=MEMORY, file_size=MAX_BYTES)
    sandbox.limit_resources(limits)
    # What may be read the fork server has settled; a second lock can only take away.
    landlock.lock_files(["/"], [os.getcwd(), "/dev/null"])
    seccomp.lock_calls()
    reply = json.dumps(job.perform(request))
    Path("reply.json").write_text(reply)


# ---- NVIDIA's programs --------------------------------------------------------------------------


def tool(command: list[str], folder: str, timeout: float) -> subprocess.CompletedProcess:
    """Run one of NVIDIA's programs, locked down, on what a kernel became; for offline.finish."""
    entry = confined.python(
        "worker.vendor_tool", "enter", str(int(timeout) + 1), *command, site=False
    )
    try:
        done = confined.run(entry, folder, timeout)
    except confined.Expired:
        raise subprocess.TimeoutExpired(command, timeout) from None
    try:
        text = confined.read(folder, "output.txt").decode("utf-8", "replace")
    except OSError:
        text = done.stdout
    return subprocess.CompletedProcess(command, done.returncode, text)
