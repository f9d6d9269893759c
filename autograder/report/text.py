"""Shows a report in the terminal, and as JSON.

What the reader's code has chosen (messages, values, what it printed) stands behind a margin,
whatever it holds: no line of it can be taken for one of the report's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograder.report.characters import shortened, visible, visible_in_json, wrapped
from autograder.report.results import (
    STARS,
    WHOLE_REPORT,
    ExerciseResult,
    Report,
    TestResult,
)

if TYPE_CHECKING:
    from rich.console import Console

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "not started": ("·", "dim"),
    "unmeasured": ("?", "yellow"),
    "correct": ("✓", "green"),
}
SKIPPED = ("·", "dim")
PRINTED_SHOWN = 12  # lines of the reader's own output
MESSAGE_SHOWN = 30  # lines of a message
DETAIL_SHOWN = 80  # lines of a detail
LONGEST = 2_000  # characters of one line
TEXT, BELOW = 12, 8  # columns where messages begin, and what stands below them


def render(
    report: Report,
    console: Any = None,
    command: str = "autograder",
    brief: bool = False,
    full: bool = False,
) -> None:
    """Print the report with rich: a block for each exercise, then the next step.

    `command` is how the reader calls the command there. `brief` leaves out what is not about the
    exercises. With `full`, all that a compiler or a sanitizer said is shown.
    """
    from rich.console import Console

    page = _Page(console or Console(highlight=False, soft_wrap=True), full)
    page.report(report, command, brief)


class _Page:
    """Prints a report's lines."""

    def __init__(self, console: Console, full: bool) -> None:
        self.console, self.full = console, full

    def line(self, *pieces: tuple[str, str] | str) -> None:
        """One line of pieces, each a text or a text and its style."""
        from rich.text import Text

        styled = [(piece, "") if isinstance(piece, str) else piece for piece in pieces]
        self.console.print(Text.assemble(*((visible(text), style) for text, style in styled)))

    def field(
        self, head: tuple[tuple[str, str], ...], text: str, style: str = "", margin: int = TEXT
    ) -> None:
        """A text behind its head; in a terminal, where it goes on, it stays behind the margin."""
        first, *rest = self._pieces(text, margin, sum(len(one) for one, _ in head))
        self.line(*head, (first, style))
        for piece in rest:
            self.line(" " * margin, (piece, style))

    def _pieces(self, text: str, margin: int, used: int) -> Iterator[str]:
        text = shortened(visible(text), LONGEST)
        if not self.console.is_terminal:
            yield text
            return
        # one column is left free: a full line would let the terminal go on at its left edge
        yield from wrapped(text, max(20, self.console.width - max(margin, used) - 1))

    # ---- the report ----

    def report(self, report: Report, command: str, brief: bool) -> None:
        if not brief:
            self.line((f"{report.chapter} · {report.title}", "bold"))
            self.field((), report.workbook, "dim", 2)
        for problem in report.problems:
            self.field((("! ", "yellow"),), problem, "", 2)
        width = max(len(exercise.name) for exercise in report.exercises)
        for exercise in report.exercises:
            self._exercise(exercise, width)
        if not brief:
            self.line()
            self.line(
                (f"{report.earned:g} of {report.possible:g} points", "bold"),
                (f"   {report.seconds:.1f} s", "dim"),
            )
            self.line((next_step(report, command), "bold"))

    def _exercise(self, exercise: ExerciseResult, width: int) -> None:
        mark, color = MARKS[exercise.status]
        self.line()
        self.line(
            (f"{mark} ", color),
            (exercise.name.ljust(width), "bold"),
            f"  {exercise.earned:g}/{exercise.possible:g} points  ",
            (exercise.status, color),
            (f"  {exercise.medal} {STARS[exercise.medal]}" if exercise.medal else "", "cyan"),
        )
        if exercise.status != "not started":
            for test in exercise.tests:
                self._test(test)
        if printed := printed_lines(exercise):
            self.line(("    your code printed:", "dim"))
            for text in printed:
                self.field(((" " * BELOW, ""),), text, "dim", BELOW)

    def _test(self, test: TestResult) -> None:
        mark, color = SKIPPED if test.status == "skipped" else MARKS[test.status]
        head = (("  ", ""), (f"{mark} ", color), (f"{kind(test):8}", ""))
        for text, style in sentences(test):
            style = "bold" if style == "said" and color != "dim" else style.replace("said", "")
            if text or len(head) > 1:
                self.field(head, text, style)
            head = ((" " * TEXT, ""),)
        for label, rows in details(test):
            if label == WHOLE_REPORT and not self.full:
                rows = [f"{len(rows)} lines: autograder check --full shows them"]
            if len(rows) == 1:
                self.field((("      ", ""), (f"{label}: ", "dim")), rows[0], "", BELOW)
                continue
            self.line((f"      {label}:", "dim"))
            for row in rows:
                self.field(((" " * BELOW, ""),), row, "", BELOW)


# ---- what is told, wherever it is shown ---------------------------------------------------------


def kind(test: TestResult) -> str:
    return "speed" if test.is_speed else "correct"


def sentences(test: TestResult) -> list[tuple[str, str]]:
    """What a test says, a line each, with its style: "said", or "dim" for how it was measured.

    No medal stands behind a mark of failure: there, what was reached is told without.
    """
    passed = test.status == "passed"
    said: list[tuple[str, str]] = []
    if not passed or not test.measurements:
        first, *more = bounded(test.message.strip("\n").split("\n"), MESSAGE_SHOWN)
        said = [(first, "" if passed else "said"), *((line, "") for line in more)]
    for measurement in test.measurements:
        if passed:
            said.append((measurement.told(), ""))
        elif measurement.verdict == "passed":  # the one that failed is the message
            said.append((measurement.sentence(), ""))
        if circumstances := measurement.circumstances():
            said.append((circumstances, "dim"))
    return said


def details(test: TestResult) -> list[tuple[str, list[str]]]:
    """The details of a test that did not pass: the label, and the lines of the text."""
    if test.status == "passed":
        return []
    return [
        (label, bounded(text.strip("\n").split("\n"), DETAIL_SHOWN)) for label, text in test.details
    ]


def printed_lines(exercise: ExerciseResult) -> list[str]:
    """The end of what the reader's code has printed, where it may help."""
    if exercise.status != "failed" or not exercise.printed:
        return []
    return exercise.printed.split("\n")[-PRINTED_SHOWN:]


def bounded(lines: list[str], most: int) -> list[str]:
    """The lines, without those in the middle if they are very many."""
    if len(lines) <= most:
        return lines
    left_out = len(lines) - most + 1
    first = most // 2
    return [*lines[:first], f"… ({left_out:,} lines) …", *lines[first + left_out :]]


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


def to_json(report: Report, ascii_only: bool = False) -> str:
    """The whole report; ratios are plain numbers, NaN becomes null. It steers no terminal."""
    return visible_in_json(json.dumps(to_dict(report), indent=2, ensure_ascii=ascii_only))


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
