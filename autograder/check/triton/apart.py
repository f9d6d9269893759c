"""A reader's launcher, measured and compiled in a process locked down as a worker is.

The process is a fork of the fork server, which has Triton imported already. It gets the tensors and
leaves counts, results and PTX behind; NVIDIA's assembler reads the PTX in a process that sees
nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograder.check.failures import fail
from autograder.check.session import Processes
from autograder.worker import confined, landlock, sandbox, seccomp, stand_ins
from autograder.worker.cells import Cells
from autograder.worker.errors import Where, frames

COUNT_SECONDS, BUILD_SECONDS = 120.0, 60.0  # wall-clock limits of one process
MAX_BYTES = 1 << 28  # of all tensors of a job
MAX_REPLY = 1 << 23  # bytes of counts and assembly
MAX_BUILDS = 64  # different kernels of one call
MAX_OUTPUT = 1 << 25  # bytes of what a disassembler prints
MEMORY = 12 << 30  # bytes of address space: torch reserves much and uses little


def counted(
    processes: Processes,
    launcher: Any,
    calls: Sequence[Sequence[Any]],
    programs: Sequence[int | None],
    devices: Sequence[str] = (),
) -> list:
    """The Traffic of each call, the first one's with what was compiled for these devices.

    Of a launch, at most so many `programs` run in a call. CheckFailed if there is none.
    """
    from tern.gpu import offline
    from tern.gpu.job import unpack_calls
    from tern.gpu.traffic import from_plain

    reply, data = _job(processes, launcher, calls, programs, devices)
    try:
        values = unpack_calls(reply["results"], data)
        traffics = [from_plain(each) for each in reply["traffic"]]
        fronts = {
            device: [offline.checked(each, device) for each in reply["fronts"][device]]
            for device in devices
        }
        found = [_with_results(*each) for each in zip(traffics, values, strict=True)]
        if len(found) == len(calls) and all(len(each) <= MAX_BUILDS for each in fronts.values()):
            return [dataclasses.replace(found[0], fronts=fronts), *found[1:]]
        wrong: Any = f"counts of {len(found)} calls, not of {len(calls)}"
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RuntimeError) as error:
        wrong = error
    fail(f"{launcher.__name__} left no proper counts: {str(wrong)[:300]}")


def _with_results(traffic: Any, values: list) -> Any:
    """Results, and which of their elements are settled. ValueError if that is not what they are."""
    results, settled = values[: len(values) // 2], values[len(values) // 2 :]
    for result, mask in zip(results, settled, strict=True):
        if mask is not None and (mask.shape != result.shape or str(mask.dtype) != "torch.bool"):
            raise ValueError("a mask of other elements")
    return dataclasses.replace(traffic, results=tuple(results), settled=tuple(settled))


def built(fronts: Sequence[dict], device: str) -> tuple:
    """The Builds of what a process left. BuildError."""
    from tern.gpu import BuildError, offline

    try:
        return tuple(offline.finish(each, device, tool, BUILD_SECONDS) for each in fronts)
    except (ValueError, OverflowError) as error:
        raise BuildError(f"the assembly is none: {str(error)[:300]}") from None


def _job(
    processes: Processes,
    launcher: Any,
    calls: Sequence[Sequence[Any]],
    programs: Sequence[int | None],
    devices: Sequence[str],
) -> tuple:
    """Run a job of tern/gpu/job.py on the launcher's cells: its reply, and its results' bytes."""
    from tern.gpu.job import pack_calls

    name, seconds = launcher.__name__, COUNT_SECONDS
    described, data = pack_calls(calls)
    # A launcher that comes as a text, which a reader's function made, needs none of its cells.
    cells = getattr(launcher, "cells", None) or processes.cells
    with processes.folder() as folder:
        Path(folder, "arguments.bin").write_bytes(data)
        job = {
            "cells": cells,
            "name": name,
            "calls": described,
            "programs": list(programs),
            "devices": list(devices),
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
            reply = json.loads(confined.read(folder, "reply.json", MAX_REPLY))
            if "error" not in reply:
                return reply, confined.read(folder, "results.bin", MAX_BYTES)
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
    reply = json.dumps(job.perform(request, _launcher))
    Path("reply.json").write_text(reply)


def _launcher(request: dict) -> Callable:
    """Run the cells as a notebook does; the launcher that they define. Raises what stops it."""
    stand_ins.prepare(os.getcwd())
    cells = Cells()
    raised: BaseException = NameError(f"the cells define no function {request['name']}")
    for cell in request["cells"]:
        raised = cells.run(cell) or raised
    launcher = cells.namespace.get(request["name"])
    if not callable(launcher):
        raise raised if isinstance(raised, Exception) else NameError(f"{raised!r} ended the cells")
    return launcher


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
        text = confined.read(folder, "output.txt", MAX_OUTPUT).decode("utf-8", "replace")
    except OSError:
        text = done.stdout
    return subprocess.CompletedProcess(command, done.returncode, text)
