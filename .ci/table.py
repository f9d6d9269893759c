"""What a run cost, and what a whole book would: the table at the end of .ci/run.

With n chapters of 28 there, and clock seconds as they were measured on this machine,

    whole book = all of this + (28 - n) x (lesson + verify + tests) + build x (28 / n - 1)

where a lesson, verify, and tests that come with a chapter are at their budgets of CPU seconds, on
as many lanes as those that were measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WHOLE = 28  # chapters of the book when it is finished
LIMIT = 60.0  # minutes that its run may take
BUDGETS = {"lesson": 40.0, "verify": 60.0, "tests": 30.0}  # CPU seconds a chapter: STYLE.md, Cost
SHOWN = 10  # files of tests, those that took longest


@dataclass(frozen=True)
class Line:
    """A step's cost in seconds of CPU and of the clock; `before` is when it passed, if not now."""

    name: str
    cpu: float
    clock: float
    failed: bool = False
    chapter: str = ""
    grows: bool = False
    before: str = ""


def table(lines: list[Line], chapters: int, took: float, tests: Path) -> str:
    """Everything that a run cost, as text, and the projection."""
    shown = ["", f"{'step':44} {'CPU s':>8} {'clock s':>8}"]
    for line in lines:
        budget = BUDGETS.get(line.name.split()[0]) if line.chapter else None
        notes = [
            "FAILED" if line.failed else "",
            f"passed before, {line.before}" if line.before else "",
            f"over its {budget:.0f} s" if budget and line.cpu > budget else "",
        ]
        told = "; ".join(note for note in notes if note)
        shown.append(f"{line.name[:44]:44} {line.cpu:8.0f} {line.clock:8.0f}  {told}".rstrip())
    cpu = sum(line.cpu for line in lines)
    clock = sum(line.clock for line in lines)
    shown.append(f"{'all, as if nothing had passed before':44} {cpu:8.0f} {clock:8.0f}")
    shown.append(f"{'this run':44} {'':8} {took:8.0f}")
    if tests.exists():
        shown += ["", *longest(tests)]
    if chapters:
        shown += ["", *projection(lines, chapters)]
    return "\n".join(shown)


def longest(file: Path) -> Iterator[str]:
    """The files of tests that took longest, a line each. `file` has one for each test."""
    spent: dict[str, tuple[float, float]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        test, cpu, clock = json.loads(line)
        name = test.partition("::")[0]
        before = spent.get(name, (0.0, 0.0))
        spent[name] = (before[0] + cpu, before[1] + clock)
    for name, (cpu, clock) in sorted(spent.items(), key=lambda one: -one[1][1])[:SHOWN]:
        yield f"{name[:44]:44} {cpu:8.0f} {clock:8.0f}"


def projection(lines: Iterable[Line], chapters: int) -> Iterator[str]:
    """How long a run would take with all chapters, on a machine where nothing has passed."""
    lines = list(lines)
    now = sum(line.clock for line in lines)
    build = sum(line.clock for line in lines if line.grows and "tests" not in line.name)
    clock = {
        name: budget * _clock_of_cpu([one for one in lines if name in one.name])
        for name, budget in BUDGETS.items()
    }
    more = WHOLE - chapters
    seconds = now + more * sum(clock.values()) + build * more / chapters
    yield f"A whole book of {WHOLE} chapters, from these {chapters}, in clock seconds:"
    yield (
        f"  {now:.0f} + {more} x ("
        + " + ".join(f"{name} {value:.0f}" for name, value in clock.items())
        + f", at their budgets) + build {build:.0f} x {more / chapters:.2f} = {_minutes(seconds)}"
    )


def _clock_of_cpu(lines: list[Line]) -> float:
    return sum(line.clock for line in lines) / (sum(line.cpu for line in lines) or 1)


def _minutes(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" + (f", OVER {LIMIT:.0f}" if minutes > LIMIT else "")
