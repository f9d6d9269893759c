"""Runs a step and says what it cost, one alone or two at a time."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import IO

from passed import Passed
from table import Line

LANES = 2
SHOWN = 3  # lines of what a step printed that passed; of one that failed, all up to
SHOWN_OF_A_FAILURE = 400


@dataclass(frozen=True)
class Step:
    """A command to run.

    `inputs` are the files and folders that its result depends on: with the same content it need not
    run again on the same machine. Without any it always runs. `makes` is a file that it leaves for
    later steps. `chapter` is the one that it is for; with `grows` it is for all that there are.
    """

    name: str
    command: tuple[str, ...]
    expect: int = 0  # the exit code
    inputs: tuple[str, ...] = ()
    makes: str = ""
    chapter: str = ""
    grows: bool = False


def run_step(step: Step, passed: Passed | None = None) -> Line:
    """Run it, or find that it has passed, and print the end of what it said."""
    if passed is not None and (before := passed.find(step.inputs, step.name, step.command)):
        if passed.bring(before, step.makes):
            print(f"\n== {step.name}: passed before, {before['when']}", flush=True)
            cpu, clock = before["cpu"], before["clock"]
            return Line(step.name, cpu, clock, False, step.chapter, step.grows, before["when"])
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            step.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = _text(output)
    cpu, clock = used.ru_utime + used.ru_stime, time.monotonic() - start
    failed = process.returncode != step.expect
    _print(step, said, failed, process.returncode)
    if passed is not None and not failed:
        passed.keep(step.inputs, step.name, step.command, cpu, clock, step.makes)
    return Line(step.name, cpu, clock, failed, step.chapter, step.grows)


def in_lanes(steps: Iterable[Step], passed: Passed) -> list[Line]:
    """Run steps two at a time. The clock's seconds are shared out among those that ran."""
    start = time.monotonic()
    with ThreadPoolExecutor(LANES) as lanes:
        lines = list(lanes.map(lambda step: run_step(step, passed), steps))
    alone = sum(line.clock for line in lines if not line.before)
    share = (time.monotonic() - start) / (alone or 1)
    return [line if line.before else replace(line, clock=line.clock * share) for line in lines]


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode("utf-8", "replace")


def _print(step: Step, said: str, failed: bool, code: int) -> None:
    lines = said.rstrip().splitlines()
    most = SHOWN_OF_A_FAILURE if failed else SHOWN
    if len(lines) > most:
        lines = [f"[{len(lines) - most} lines more]", *lines[-most:]]
    failure = [f"FAILED with exit code {code}, expected {step.expect}"] if failed else []
    print("\n".join(["", f"== {step.name}", *lines, *failure]), flush=True)
