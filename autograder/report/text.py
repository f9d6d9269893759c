"""Shows a report in the terminal, and as JSON."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from autograder.report.measurement import Measurement
from autograder.report.results import STARS, ExerciseResult, Report, TestResult

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "not started": ("·", "dim"),
    "unmeasured": ("?", "yellow"),
    "correct": ("✓", "green"),
}
# Escape sequences in what the reader's code printed could draw another report over this one.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PRINTED_SHOWN = 12  # lines of the reader's own output


def render(
    report: Report, console: Any = None, command: str = "autograder", brief: bool = False
) -> None:
    """Print the report with rich: a block for each exercise, then the next step.

    `command` is how the reader calls the command there. `brief` leaves out what is not about the
    exercises.
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False, soft_wrap=True)

    def line(*pieces: tuple[str, str] | str) -> None:
        styled = [(piece, "") if isinstance(piece, str) else piece for piece in pieces]
        console.print(Text.assemble(*((printable(text), style) for text, style in styled)))

    if not brief:
        line((f"{report.chapter} · {report.title}", "bold"))
        line((report.workbook, "dim"))
    for problem in report.problems:
        line(("! ", "yellow"), problem)
    width = max(len(exercise.name) for exercise in report.exercises)
    for exercise in report.exercises:
        _exercise_block(line, exercise, width)
    if not brief:
        line()
        line(
            (f"{report.earned:g} of {report.possible:g} points", "bold"),
            (f"   {report.seconds:.1f} s", "dim"),
        )
        line((next_step(report, command), "bold"))


def printable(text: str) -> str:
    return UNPRINTABLE.sub("�", text)


def _exercise_block(line: Any, exercise: ExerciseResult, width: int) -> None:
    mark, color = MARKS[exercise.status]
    line()
    line(
        (f"{mark} ", color),
        (exercise.name.ljust(width), "bold"),
        f"  {exercise.earned:g}/{exercise.possible:g} points  ",
        (exercise.status, color),
        (f"  {exercise.medal} {STARS[exercise.medal]}" if exercise.medal else "", "cyan"),
    )
    if exercise.status != "not started":
        for test in exercise.tests:
            _test(line, test)
    if exercise.printed and exercise.status == "failed":
        line(("    your code printed:", "dim"))
        for text in exercise.printed.splitlines()[-PRINTED_SHOWN:]:
            line((f"      {text}", "dim"))


def _test(line: Any, test: TestResult) -> None:
    mark, color = {"skipped": ("·", "dim")}.get(test.status) or MARKS[test.status]
    kind = "speed" if test.is_speed else "correct"
    if test.status == "passed":
        said = [speed_line(m) for m in test.measurements] or [""]
        for number, one in enumerate(said):
            head = [("  ", ""), (f"{mark} ", color), f"{kind:8}"] if not number else [" " * 12]
            line(*head, (one, ""))
            if test.measurements:
                line(" " * 12, (test.measurements[number].circumstances(), "dim"))
        return
    line(
        ("  ", ""),
        (f"{mark} ", color),
        f"{kind:8}",
        (test.message, "" if color == "dim" else "bold"),
    )
    for measurement in test.measurements:  # the one that failed is the message
        passed = [speed_line(measurement)] if measurement.verdict == "passed" else []
        if circumstances := measurement.circumstances():
            line(" " * 12, ("; ".join([*passed, circumstances]), "dim"))
    for label, text in test.details:
        head, *rest = text.strip("\n").split("\n") if "\n" in text else [text]
        if rest:
            line((f"      {label}:", "dim"))
            for row in [head, *rest]:
                line(f"        {row}")
        else:
            line((f"      {label}: ", "dim"), head)


def speed_line(m: Measurement) -> str:
    """One measurement, for example `1.04× the book's CPU time (bar 3×, range 1.0–1.1, 6 pairs)`."""
    stars = f"  {m.medal}" if m.medal else ""
    return m.sentence() + stars


def next_step(report: Report, command: str = "autograder") -> str:
    """The one thing to do now."""
    for exercise in report.exercises:
        if exercise.status == "failed":
            return (
                f"Next: mend {exercise.name}, or: {command} hint {report.chapter} {exercise.name}"
            )
    for exercise in report.exercises:
        if any(test.status == "unmeasured" for test in exercise.tests):
            return f"Next: run again for {exercise.name}: the machine was too noisy to tell"
    for exercise in report.exercises:
        if exercise.status == "not started":
            return f"Next: {exercise.name} ({exercise.title}) in {report.workbook}"
    if not report.passed:
        return "All of it is correct; speed was not asked for."
    one = f" {report.exercises[0].name}" if len(report.exercises) == 1 else ""
    return f"All of it passes. Compare with the book: {command} solution {report.chapter}{one}"


# ---- JSON ---------------------------------------------------------------------------------------


def to_json(report: Report) -> str:
    """The whole report; ratios are plain numbers, NaN becomes null."""
    return json.dumps(to_dict(report), indent=2, ensure_ascii=False)


def to_dict(report: Report) -> dict:
    return {
        "chapter": report.chapter,
        "title": report.title,
        "workbook": report.workbook,
        "passed": report.passed,
        "points": report.earned,
        "possible": report.possible,
        "seconds": round(report.seconds, 3),
        "problems": report.problems,
        "exercises": [_exercise(exercise) for exercise in report.exercises],
    }


def _exercise(exercise: ExerciseResult) -> dict:
    return {
        "name": exercise.name,
        "title": exercise.title,
        "status": exercise.status,
        "points": exercise.earned,
        "possible": exercise.possible,
        "medal": exercise.medal,
        "printed": exercise.printed,
        "tests": [
            {
                "cell": test.cell,
                "points": test.points,
                "status": test.status,
                "message": test.message,
                "details": [list(detail) for detail in test.details],
                "measurements": [_finite(m.record()) for m in test.measurements],
            }
            for test in exercise.tests
        ],
    }


def _finite(record: dict) -> dict:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in record.items()
    }
