"""Where a reader's schedule function runs, and where its trace is replayed.

Under the judge the function runs in a fork of the fork server that has locked itself down, with the
book's program before it; all that comes back is each schedule's trace. A trusted worker, with
limits on CPU time and memory, replays it (replay.py). In a plain notebook both happen right here.
"""

from __future__ import annotations

import math
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograder.check import failures, jobs
from autograder.check.failures import CouldNotMeasure
from autograder.check.session import Processes, current
from autograder.check.trusted import Trusted
from autograder.check.tvm import plain_trace
from autograder.speed.timers import LocalTimer, Timer
from autograder.worker import sandbox
from autograder.worker.errors import RemoteError, WorkerLost, describe

# Wall-clock limits of making traces, and of one step with a trace.
TRACE_SECONDS, WORK_SECONDS = 10.0, 25.0
LIMITS = {"cpu": 300, "memory": 6 << 30}
REPLAY = "autograder.check.tvm.replay"
SETTINGS = {"TVM_NUM_THREADS": "1"}


# ---- the reader's function ----------------------------------------------------------------------


def traces(
    function: Callable, program: Any, requested: Sequence[tuple[tuple[int, ...], int]]
) -> list[dict]:
    """The trace of the function's schedule for each (sizes, seed), and where it led, a fingerprint.

    CheckFailed if there is none.
    """
    if processes := current().processes:
        found = _traces_apart(processes, function, program, requested)
    else:
        found = []
        for sizes, seed in requested:
            try:
                found.append(_made(function, program, sizes, seed))
            except Exception as error:
                fail(_said(error), [("at the sizes", program.say(sizes))], cause=error)
    for (sizes, _), each in zip(requested, found, strict=True):
        try:
            plain_trace.checked(each["trace"])
        except plain_trace.TraceError as error:
            fail(str(error), [("at the sizes", program.say(sizes))])
    return found


def changing_traces(
    bench: Bench,
    function: Callable,
    program: Any,
    requested: Sequence[tuple[tuple[int, ...], int]],
) -> list[dict]:
    """`traces`, of a function that changes at least one of the schedules; else CheckFailed."""
    found = traces(function, program, requested)
    sizes = [sizes for sizes, _ in requested]
    largest = max(range(len(sizes)), key=lambda at: math.prod(sizes[at]))
    if not any(plain_trace.changes(one["trace"]) for one in found) or not _has_effect(
        bench, program, sizes[largest], found[largest]["trace"]
    ):
        why = "Its methods change it in place: what happens to a copy, or a new Schedule, is lost."
        fail(f"{function.__name__} has left its schedule as it was", [("why", why)])
    return found


def _has_effect(bench: Bench, program: Any, sizes: tuple[int, ...], trace: list) -> bool:
    """Whether the compiler makes another program of it.

    What it cannot compile is told later, at the smallest such size; CheckFailed if it never ends.
    """
    try:
        scheduled = bench.call("code", program.name, sizes, trace)
        return scheduled != bench.call("code", program.name, sizes, [[], []])
    except plain_trace.TraceError as error:
        if bench.is_lost():
            fail(str(error), [("at the sizes", program.say(sizes))])
        return True


def _made(function: Callable, program: Any, sizes: Sequence[int], seed: int) -> dict:
    """Call a function on a new schedule: its trace, and the fingerprint of what it has left."""
    import tvm.s_tir
    import tvm_ffi

    schedule = tvm.s_tir.Schedule(program.module(*sizes), seed=seed)
    function(schedule)
    return {
        "trace": plain_trace.plain(schedule.trace),
        "fingerprint": tvm_ffi.structural_hash(schedule.mod),
    }


def _said(error: BaseException) -> str:
    if type(error).__name__ == "ScheduleError":
        return f"TVM refuses a step of the schedule: {plain_trace.reason(error)}"
    said = plain_trace.reason(error)
    if isinstance(error, AttributeError) and "get_block" in said:
        return f"{said}. TVM has renamed it: sch.get_sblock"
    if isinstance(error, AttributeError) and ("'tvm" in said or "'Schedule'" in said):
        return f"{said}. TVM has renamed much: chapter 17 has a table, under “Yesterday's tutorial”"
    if isinstance(error, IndexError) and "Cannot find corresponding" in said:
        return f"{said}: is it of another schedule, or was it split, fused, or removed before?"
    return said


def _traces_apart(
    processes: Processes, function: Any, program: Any, requested: Sequence
) -> list[dict]:
    name = function.__name__
    job = {"name": name, "program": program.name, "requested": requested}
    hint = ": a schedule is made in milliseconds"
    with processes.folder() as folder:
        reply = jobs.run(
            processes, f"{__name__}:do_job", folder, TRACE_SECONDS, job, SETTINGS, hint
        )
    try:
        if "error" not in reply:
            made = [{key: each[key] for key in ("trace", "fingerprint")} for each in reply["made"]]
            if len(made) == len(requested):
                return made
        error, sizes = str(reply["error"])[:600], program.say(requested[int(reply["at"])][0])
    except (ValueError, TypeError, KeyError, IndexError):
        fail(f"{name} left no proper traces")
    fail(error, [("at the sizes", sizes)], jobs.where(reply))


def fail(
    message: str, details: Sequence = (), where: Sequence = (), cause: BaseException | None = None
) -> NoReturn:
    """Raise CheckFailed, with the location in a cell where `cause` was raised, if it was."""
    failures.fail(message, details, list(where) or _where(cause))


def _where(error: BaseException | None) -> list:
    """The innermost location in a notebook's cell or a reader's file: not in TVM, and not here."""
    if error is None:
        return []
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        f for f in frames if f.line and "site-packages" not in f.filename and f.filename != __file__
    ]
    return [
        [Path(f.filename).name, f.lineno or 0, (f.line or "").strip(), f.name] for f in own[-1:]
    ]


def do_job() -> None:
    """In a fork of the fork server: lock it down, then run the function as the job says."""
    from tern.workshop.schedules import PROGRAMS

    job = jobs.asked()
    program = PROGRAMS[job["program"]]
    program.module(*job["requested"][0][0])  # its text is read, once, before the files are closed
    limits = sandbox.Limits(cpu=int(TRACE_SECONDS) + 1, memory=LIMITS["memory"])
    jobs.lock_down(job, limits)
    jobs.answer(_perform(job, program))


def _perform(job: dict, program: Any) -> dict:
    made: list[dict] = []
    try:
        function = jobs.function_of(job)
    except Exception as error:
        return {"error": describe(error)["message"], "where": describe(error)["where"], "at": 0}
    for sizes, seed in job["requested"]:
        try:
            made.append(_made(function, program, sizes, seed))
        except Exception as error:
            return {"error": _said(error), "where": describe(error)["where"], "at": len(made)}
    return {"made": made}


# ---- what is done with a trace ------------------------------------------------------------------


class Bench(Trusted):
    """Calls functions of replay.py: under the judge in a new trusted worker, else right here."""

    def __init__(self) -> None:
        super().__init__(LIMITS)

    def call(self, name: str, *arguments: Any, seconds: float = WORK_SECONDS) -> Any:
        """What the function returns. TraceError: what it raises, or that its process is lost."""
        if self.worker is None:
            return getattr(_replay(), name)(*arguments)
        try:
            return self.ask(f"{REPLAY}:{name}", *arguments, seconds=seconds)
        except RemoteError as error:
            raise plain_trace.TraceError(error.message) from None
        except WorkerLost as lost:
            what = (
                "it unrolls too much, or works too long"
                if lost.expired
                else "TVM did not survive it"
            )
            said = f"compiling and running what was scheduled: {lost} ({what})"
            raise plain_trace.TraceError(said) from None

    def is_lost(self) -> bool:
        """Whether its process has ended, and cannot be called any more."""
        return self.worker is not None and not self.worker.alive

    def timer(self, program: str, sizes: Sequence[int], what: Any) -> Timer:
        """A timer of what replay.loaded makes. TraceError as for `call`."""
        if self.worker is None:
            return LocalTimer(_replay().loaded(program, sizes, what))
        self.call("load", program, sizes, what)
        return current().timer(self.worker.function(f"{REPLAY}:timed"))


def _replay() -> Any:
    from autograder.check.tvm import replay

    return replay


def require() -> None:
    """CouldNotMeasure where TVM is not installed: nothing passes unseen."""
    try:
        from autograder.check.tvm import without_torch  # noqa: F401
    except ImportError as error:
        raise CouldNotMeasure(
            f"a schedule is checked with TVM, which cannot be imported: {error}"
        ) from None
    assert "tvm" in sys.modules
