"""What a test cell says of a Triton kernel: traffic, sectors, compiles, uses. check.py has them too.

    check.traffic(softmax, on=matrices, at_most=1.1, times="minimum bytes", with_=book.softmax)
    check.sectors(softmax, on=matrices, at_most=1.25, times="bytes")
    check.compiles(softmax, on=matrices)
    check.uses(matmul, "HMMA", on=halves, device="sm_80")

The first argument is a launcher: it is given tensors, launches kernels, and returns tensors. None of
this needs a GPU (tern/gpu); it is counted, or read from what the compiler makes.

Under the judge a launcher is a reader's, and no step trusts it: its cells run in a process that has
locked itself up as a worker does, which gets the tensors and leaves counts, results and PTX behind;
NVIDIA's assembler reads the PTX in a process that sees nothing else. Code that reached for the meter
in its own process could forge its counts. What is guarded is the machine and the solutions, and
the results are there to be checked.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

COUNT_SECONDS, BUILD_SECONDS = 120.0, 60.0  # wall-clock limits of one process
MOST_BYTES = 1 << 28  # of all tensors of a call
MEMORY = 12 << 30  # bytes of address space: torch reserves much and uses little

On = Callable[[random.Random], tuple]


def traffic(
    launcher: Callable,
    *,
    on: On,
    at_most: float,
    times: str | Callable[[tuple], float] = "minimum bytes",
    with_: Callable | None = None,
    same: Callable[[Any, Any], None] | None = None,
    programs: int = 80,
    most_programs: int | None = 256,
    silver: float | None = None,
    gold: float | None = None,
    within: float | None = None,
) -> None:
    """The launcher's kernels have no fault and move at most `at_most` times so many bytes.

    `on(rng)` makes fresh arguments: arrays, tensors, and numbers. `times` is "minimum bytes" (every
    tensor given is read once, every result written once), or computes a number of bytes from the
    arguments. With the book's `with_` all programs run, and `same(actual, expected)` compares results, as
    NumPy arrays. At least `programs` programs run, or most of a GPU would idle (twice a T4's multiprocessors). Grids of
    more than `most_programs` are sampled, and the report says so.

    In a notebook with a GPU it is timed as well, in turn with `with_`; with `within`, it
    has to take at most so many times the book's time there.
    """
    from autograder import check

    arguments = on(random.Random())
    counted = _count(launcher, arguments, with_, same, most_programs)
    if counted.programs < programs:
        _fail(f"{counted.programs} programs are too few to keep a GPU busy: at least {programs}")
    base = times(arguments) if callable(times) else _base(times, counted)
    what = "allowed bytes" if callable(times) else times
    _verdict(counted.bytes, base, what, at_most, silver, gold, counted, arguments)
    if with_ is not None and check._judge is None:
        _timed(launcher, with_, arguments, within)


def sectors(
    launcher: Callable,
    *,
    on: On,
    at_most: float,
    times: str = "bytes",
    most_programs: int | None = 256,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """The 32-byte sectors that the kernels touch hold at most `at_most` times so many bytes.

    `times` is "bytes" (those that are used: a coalesced kernel comes to 1) or "minimum bytes".
    """
    arguments = on(random.Random())
    counted = _count(launcher, arguments, None, None, most_programs)
    what = f"{times} in sectors of 32 bytes"
    _verdict(counted.sector_bytes, _base(times, counted), what, at_most, silver, gold, counted, arguments)


def compiles(
    launcher: Callable, *, on: On, devices: Sequence[str] = ("sm_75", "sm_80"), most_spills: int = 0
) -> None:
    """Every kernel of the launcher compiles for these devices, without a GPU.

    It has the shared memory that a launch asks for, and spills at most `most_spills` bytes of registers.
    """
    arguments = on(random.Random())
    for device in devices:
        for build in _builds(launcher, arguments, device):
            who = f"{build.kernel} for {device}"
            if not build.fits:
                shared = f"{build.shared:,} bytes of shared memory, of {build.most_shared:,}"
                _fail(f"{who} compiles, but cannot be launched: it needs {shared}")
            if build.spills > most_spills:
                _fail(f"{who} spills {build.spills:,} bytes of registers, {most_spills:,} are allowed")
            _say(f"{who}: {build.registers} registers, {build.shared:,} bytes of shared memory")


def uses(
    launcher: Callable,
    instruction: str,
    *,
    on: On,
    device: str = "sm_80",
    at_least: int = 1,
    at_most: int | None = None,
    because: str = "",
) -> None:
    """The kernels' machine code for `device` has this instruction: "HMMA", "LDG.128", "v_mfma".

    `at_most=0` with `at_least=0` forbids it.
    """
    from autograder.words import because_of

    builds = _builds(launcher, on(random.Random()), device)
    number = sum(build.count(instruction) for build in builds)
    if number < at_least or (at_most is not None and number > at_most):
        wanted = f"at least {at_least}" if number < at_least else f"at most {at_most}"
        loads = {width: n for build in builds for width, n in build.load_widths.items()}
        details = [("bits of a load", str(loads))] if instruction.startswith("LD") else []
        message = f"{number} {instruction} instructions in the machine code for {device}, expected {wanted}"
        _fail(message, details + because_of(because))
    _say(f"{number} {instruction} in the machine code for {device}")


# ---- verdicts -------------------------------------------------------------------------------------------


def _fail(message: str, details: Sequence[tuple[str, str]] = (), where: Sequence = ()) -> None:
    from autograder.check import CheckFailed

    failed = CheckFailed(message, list(details))
    failed.where = list(where)
    raise failed


def _say(sentence: str) -> None:
    from autograder import check

    if check._judge is None:
        print(sentence)


def _base(times: str, counted: Any) -> int:
    if times not in ("bytes", "minimum bytes"):
        raise ValueError(f'times is "bytes" or "minimum bytes", not {times!r}')
    return counted.minimum if times == "minimum bytes" else counted.bytes


def _verdict(ours, base, what, at_most, silver, gold, counted, arguments) -> None:
    from autograder import check
    from autograder.measurement import Bars, Measurement, describe

    ratio, bars = ours / max(base, 1), Bars(at_most, silver, gold)
    measurement = Measurement(
        "counts", "passed" if ratio <= at_most else "failed", ratio, ratio, ratio, at_most, 1,
        counted.how(), bars.medal(ratio) if ratio <= at_most else None,
        f"{ratio:.3g}× the {what} (bar {at_most:g}×)", bound=what, bars=bars,
        inputs=f"{ours:,} against {base:,.0f} bytes; {describe(arguments)}",
    )  # fmt: skip
    if ratio > at_most and check._judge is None:
        print("\n".join(_lines(counted)))
    check._measure(lambda: measurement, lambda: None)


def _lines(counted: Any) -> list[str]:
    """What each line of the kernels moves."""
    return [
        f"  {a.file}:{a.line}: {a.kind} {a.tensor}: {a.bytes:,} bytes in {a.sectors:,} sectors"
        for launch in counted.launches
        for a in launch.accesses
    ]


def _count(launcher, arguments, with_, same, most_programs) -> Any:
    """The launcher's traffic, once it has no fault and its results are right."""
    from autograder import check

    _require()
    from tern.gpu import measure

    how = {"most_programs": most_programs if with_ is None else None}
    if check._judge is None:
        counted = measure(launcher, *_fresh(arguments), **how)
    else:
        counted = _counted_apart(launcher, arguments, how)
    if faults := [str(each)[:1000] for each in counted.faults]:
        _fail(faults[0], [("also", each) for each in faults[1:5]])
    if with_ is not None:
        expected = measure(with_, *_fresh(arguments), most_programs=None).results
        if len(counted.results) != len(expected):
            _fail(f"expected {len(expected)} results, got {len(counted.results)}")
        for mine, book in zip(counted.results, expected, strict=True):
            (same or _near)(_array(mine), _array(book))
    return counted


def _near(actual: Any, expected: Any) -> None:
    from autograder import check

    tolerance = 2e-2 if expected.dtype.itemsize == 2 else 1e-4
    check.close(actual, expected, rtol=tolerance, atol=tolerance)


def _array(tensor: Any) -> Any:
    """As NumPy, which has neither bfloat16 nor FP8."""
    known = tensor.dtype.itemsize > 2 or str(tensor.dtype) == "torch.float16" or not tensor.is_floating_point()
    return (tensor if known else tensor.float()).numpy()


def _timed(launcher: Callable, book: Callable, arguments: tuple, within: float | None) -> None:
    """Where there is a GPU: say, or demand, how long a launch takes beside the book's."""
    from tern.gpu import timing

    if name := timing.gpu():
        mine, theirs = timing.compare(launcher, book, _fresh(arguments))
        sentence = f"timed on {name}: {mine / theirs:.2f}× the book's time ({mine:.3g} ms of {theirs:.3g} ms)"
        if within is not None and mine > within * theirs:
            _fail(f"{sentence}, bar {within:g}×")
        print(sentence)


def _fresh(arguments: Sequence[Any]) -> list:
    from tern.gpu.job import pack, unpack

    return unpack(*pack(arguments))


def _require() -> None:
    from autograder.check import CouldNotMeasure

    try:
        import torch  # noqa: F401
        import triton  # noqa: F401
    except ImportError as error:
        raise CouldNotMeasure(f"counting needs Triton and PyTorch: {error}") from None


def _builds(launcher: Callable, arguments: Sequence[Any], device: str) -> tuple:
    from autograder import check

    _require()
    from tern.gpu import BuildError, compile_for

    try:
        if check._judge is None:
            return compile_for(device, launcher, *_fresh(arguments), timeout=BUILD_SECONDS)
        return _built_apart(launcher, arguments, device)
    except BuildError as error:
        _fail(f"{launcher.__name__} does not compile for {device}: {error}")


# ---- apart from the judge -------------------------------------------------------------------------------


def _counted_apart(launcher: Any, arguments: Sequence[Any], how: dict) -> Any:
    import dataclasses

    from tern.gpu.job import unpack
    from tern.gpu.traffic import from_plain

    reply, data = _apart(launcher, arguments, how, None, COUNT_SECONDS)
    try:
        results = unpack(reply["results"], data)
        return dataclasses.replace(from_plain(reply["traffic"]), results=tuple(results))
    except (ValueError, KeyError, TypeError) as error:
        _fail(f"{launcher.__name__} left no proper counts: {str(error)[:300]}")


def _built_apart(launcher: Any, arguments: Sequence[Any], device: str) -> tuple:
    from tern.gpu import BuildError, offline

    reply, _ = _apart(launcher, arguments, {}, device, BUILD_SECONDS)
    try:
        fronts = [offline.checked(each) for each in reply["fronts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(f"the compiler left nothing proper: {str(error)[:300]}") from None
    return tuple(offline.finish(each, device, _tool, BUILD_SECONDS) for each in fronts)


def _apart(launcher: Any, arguments: Sequence[Any], how: dict, device: str | None, seconds: float) -> tuple:
    """Run a job of tern/gpu/job.py on the reader's cells: its reply, and the bytes of its results."""
    from autograder import check, confined
    from tern.gpu.job import pack

    judge, name = check._judge, launcher.__name__
    described, data = pack(arguments)
    with tempfile.TemporaryDirectory(prefix="gpu-", ignore_cleanup_errors=True) as folder:
        Path(folder, "arguments.bin").write_bytes(data)
        job = {
            "cells": judge.cells, "name": name, "arguments": described, "how": how, "device": device,
            "folder": folder, "secret": sorted(judge.secret), "preload": list(judge.chapter.preload),
            "off": [e.part for e in judge.chapter.exercises if e.function == name], "seconds": seconds,
        }  # fmt: skip
        Path(folder, "job.json").write_text(json.dumps(job))
        settings = {"TRITON_CACHE_DIR": folder, "HOME": folder, "OMP_NUM_THREADS": "1"}
        try:
            done = confined.run(confined.python("gpu_checks", "do_job", "job.json"), folder, seconds, settings)
        except confined.Expired:
            _fail(f"{name} was still running after {seconds:g} s")
        try:
            reply = json.loads(confined.read(folder, "reply.json"))
            if "error" not in reply:
                results = confined.read(folder, "results.bin", MOST_BYTES) if device is None else b""
                return reply, results
        except (OSError, ValueError, TypeError, RecursionError):
            words = done.stdout.strip().splitlines() or [f"exit code {done.returncode}"]
            _fail(f"the process that ran {name} ended early: {words[-1][:300]}")
        _fail(f"calling {name}: {str(reply['error'])[:500]}", where=_places(reply.get("where")))


def _places(where: Any) -> list:
    try:
        return [[str(a), int(b), str(c), str(d)] for a, b, c, d in where]
    except (TypeError, ValueError):
        return []


def do_job() -> None:
    """In a new process: lock it up, then run the reader's cells as job.json says."""
    import importlib

    from autograder import sandbox
    from autograder.worker import switch_off
    from tern.gpu import job as jobs

    job = json.loads(Path(sys.argv[1]).read_text())
    for module in job["preload"]:
        importlib.import_module(module)
    for part in job["off"]:
        switch_off(part)
    jobs.prepare(job)
    limits = sandbox.Limits(cpu=int(job["seconds"]) + 1, memory=MEMORY, file_size=MOST_BYTES)
    sandbox.limit_resources(limits)
    sandbox.lock_files(sandbox.readable_roots(frozenset(job["secret"])), [os.getcwd(), "/dev/null"])
    sandbox.lock_calls()
    reply = json.dumps(jobs.perform(job))
    Path("reply.json").write_text(reply)


def _tool(command: list[str], folder: str, timeout: float) -> subprocess.CompletedProcess:
    """Run one of NVIDIA's programs on what a reader's kernel became, locked up; for offline.finish."""
    from autograder import confined

    entry = confined.python("gpu_checks", "be_tool", str(int(timeout) + 1), *command, site=False)
    try:
        done = confined.run(entry, folder, timeout)
        text = confined.read(folder, "output.txt").decode("utf-8", "replace")
    except confined.Expired:
        raise subprocess.TimeoutExpired(command, timeout) from None
    except OSError:
        text = done.stdout
    return subprocess.CompletedProcess(command, done.returncode, text)


def be_tool() -> None:
    """In a new process, arguments: CPU seconds, the command. Its output goes to output.txt."""
    from autograder import confined, sandbox

    seconds, program, *rest = sys.argv[1:]
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sandbox.limit_resources(sandbox.Limits(cpu=int(seconds), file_size=confined.MOST_BYTES))
    readable = [*confined.SYSTEM, *confined.DEVICES, os.path.dirname(program)]
    sandbox.lock_files(readable, [os.getcwd(), "/dev/null"])
    sandbox.lock_calls(allow=frozenset({"execve"}))
    os.execv(program, [program, *rest])
