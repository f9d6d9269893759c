"""A reader's launcher, measured and compiled in a process locked down as a worker is.

The process is a fork of the fork server, which has Triton imported already. It gets the tensors and
leaves counts, results and PTX behind; NVIDIA's assembler reads the PTX in a process that sees
nothing else.
"""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.check import jobs
from autograder.check.failures import fail
from autograder.check.session import Processes
from autograder.worker import sandbox, system_programs

COUNT_SECONDS, BUILD_SECONDS = 120.0, 60.0  # wall-clock limits of one process
MAX_BYTES = 1 << 28  # of all tensors of a job
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
    from autograder.check.triton.job import unpack_calls
    from autograder.check.triton.plain import from_plain
    from tern.gpu import offline

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
    """Run a job (job.py) on the launcher's cells: its reply, and its results' bytes."""
    from autograder.check.triton.job import pack_calls

    described, data = pack_calls(calls)
    with processes.folder() as folder:
        Path(folder, "arguments.bin").write_bytes(data)
        job = {
            "name": launcher.__name__,
            "calls": described,
            "programs": list(programs),
            "devices": list(devices),
            "folder": folder,
        }
        # A launcher that comes as a text, which a reader's function made, needs none of its cells.
        if cells := getattr(launcher, "cells", None):
            job["cells"] = cells
        settings = {"TRITON_CACHE_DIR": folder}
        reply = jobs.run(processes, f"{__name__}:do_job", folder, COUNT_SECONDS, job, settings)
        if "error" in reply:
            said = str(reply["error"])[:500]
            fail(f"calling {launcher.__name__}: {said}", (), jobs.where(reply))
        try:
            return reply, system_programs.read(folder, "results.bin", MAX_BYTES)
        except OSError:
            fail(f"{launcher.__name__} left no proper counts: there are no results")


def do_job() -> None:
    """In a fork of the fork server: lock it down, then run the cells as the job says."""
    from autograder.check.triton import job

    request = jobs.asked()
    job.prepare(request)
    limits = sandbox.Limits(cpu=int(COUNT_SECONDS) + 1, memory=MEMORY, file_size=MAX_BYTES)
    jobs.lock_down(request, limits)
    jobs.answer(job.perform(request, jobs.function_of))


# ---- NVIDIA's programs --------------------------------------------------------------------------


def tool(command: list[str], folder: str, timeout: float) -> subprocess.CompletedProcess:
    """Run one of NVIDIA's programs, locked down, on what a kernel became; for offline.finish."""
    entry = system_programs.python(
        "check.triton.vendor_tool", "enter", str(int(timeout) + 1), *command, site=False
    )
    try:
        done = system_programs.run(entry, folder, timeout)
    except system_programs.Expired:
        raise subprocess.TimeoutExpired(command, timeout) from None
    try:
        text = system_programs.read(folder, "output.txt", MAX_OUTPUT).decode("utf-8", "replace")
    except OSError:
        text = done.stdout
    return subprocess.CompletedProcess(command, done.returncode, text)
