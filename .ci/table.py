"""What a run cost, and what a whole book would: the table at the end of .ci/run.

With n chapters of 28 there, and clock seconds as they were measured on this machine,

    whole book = fixed + 28 x (lesson + verify) + build x 28 / n + tests x (f + (1 - f) x 28 / n)

where lesson and verify are means over the chapters, and f is the share that tests have in the CPU
time of all tests which do not depend on how many chapters there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WHOLE = 28  # chapters of the book when it is finished
LIMIT = 60.0  # minutes that its run may take
BUDGETS = {"lesson": 40.0, "verify": 60.0, "tests": 30.0}  # CPU seconds a chapter: STYLE.md, Cost
# Tests that come with chapters; the others are about the autograder, the book's look, and Colab.
GROWING = ("tests/tern/", "tests/autograder/check/", "tests/test_repository.py")


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
    if chapters and tests.exists():
        shown += ["", *projection(lines, chapters, tests_cpu(tests))]
    return "\n".join(shown)


def projection(lines: Iterable[Line], chapters: int, tests: dict[str, float]) -> list[str]:
    """How long a run would take with all chapters, on a machine where nothing has passed."""
    lines = list(lines)
    fixed = sum(line.clock for line in lines if not line.chapter and not line.grows)
    lesson, verify = (_mean(lines, kind, chapters) for kind in ("lesson", "verify"))
    growing = sum(line.clock for line in lines if line.grows and "tests" not in line.name)
    tested = sum(line.clock for line in lines if line.grows and "tests" in line.name)
    more = WHOLE / chapters
    same, grown = tests.get("fixed", 0.0), tests.get("growing", 0.0)
    share = same / ((same + grown) or 1)
    all_tests = tested * (share + (1 - share) * more)
    seconds = fixed + WHOLE * (lesson + verify) + growing * more + all_tests
    # A chapter at its budgets: a lesson alone, verify and tests as much in two lanes as now.
    speedup = _clock_of_cpu(lines, "verify")
    tests_speedup = tested / ((same + grown) or 1)
    at_budget = (
        fixed
        + WHOLE * (BUDGETS["lesson"] + speedup * BUDGETS["verify"])
        + growing * more
        + tests_speedup * (same + WHOLE * BUDGETS["tests"])
    )
    return [
        f"A whole book of {WHOLE} chapters, from these {chapters}, in clock seconds:",
        f"  fixed {fixed:.0f} + {WHOLE} x (lesson {lesson:.0f} + verify {verify:.0f})"
        f" + build {growing:.0f} x {more:.2f}"
        f" + tests {tested:.0f} x ({share:.2f} + {1 - share:.2f} x {more:.2f})"
        f" = {_minutes(seconds)}",
        f"  with every chapter at its budget (CPU: lesson {BUDGETS['lesson']:.0f},"
        f" verify {BUDGETS['verify']:.0f}, tests {BUDGETS['tests']:.0f}): {_minutes(at_budget)}",
    ]


def tests_cpu(file: Path) -> dict[str, float]:
    """CPU seconds of the tests that grow with the book, and of the others."""
    spent = {"fixed": 0.0, "growing": 0.0}
    for line in file.read_text(encoding="utf-8").splitlines():
        test, seconds = json.loads(line)
        spent["growing" if test.startswith(GROWING) else "fixed"] += seconds
    return spent


def _mean(lines: list[Line], kind: str, chapters: int) -> float:
    return sum(line.clock for line in lines if _is(line, kind)) / chapters


def _clock_of_cpu(lines: list[Line], kind: str) -> float:
    cpu = sum(line.cpu for line in lines if _is(line, kind))
    return sum(line.clock for line in lines if _is(line, kind)) / (cpu or 1)


def _is(line: Line, kind: str) -> bool:
    return bool(line.chapter) and line.name.startswith(kind)


def _minutes(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" + (f", OVER {LIMIT:.0f}" if minutes > LIMIT else "")
