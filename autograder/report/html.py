"""Shows a report in a notebook: plain HTML, with classes for the book's style sheet.

Where that sheet is not (JupyterLab, VS Code, Colab) the marks and the folds of the elements do.
"""

from __future__ import annotations

from html import escape

from autograder.report.characters import shortened, visible
from autograder.report.results import (
    STARS,
    WHOLE_REPORT,
    ExerciseResult,
    Report,
    TestResult,
)
from autograder.report.text import (
    LONGEST,
    MARKS,
    SKIPPED,
    details,
    kind,
    next_step,
    printed_lines,
    sentences,
)


def render(report: Report, command: str = "%autograder") -> str:
    """The whole report; what has failed is unfolded."""
    parts = [
        '<p class="autograder-title">'
        f"<strong>{_text(report.chapter)} · {_text(report.title)}</strong>"
        f"<br>{_text(report.workbook)}</p>"
    ]
    parts += [f'<p class="autograder-note">! {_text(problem)}</p>' for problem in report.problems]
    parts += [_exercise(exercise) for exercise in report.exercises]
    parts.append(
        f'<p class="autograder-next">{report.earned:g} of {report.possible:g} points. '
        f"<strong>{_text(next_step(report, command))}</strong></p>"
    )
    return f'<div class="autograder">{"".join(parts)}</div>'


def _text(text: str) -> str:
    return escape(shortened(visible(text), LONGEST))


def _lines(lines: list[str]) -> str:
    return f"<pre>{chr(10).join(map(_text, lines))}</pre>"


def _folded(rows: list[str]) -> str:
    return f"<details><summary>{WHOLE_REPORT}</summary>{_lines(rows)}</details>"


def _exercise(exercise: ExerciseResult) -> str:
    mark, _ = MARKS[exercise.status]
    medal = f" · {exercise.medal} {STARS[exercise.medal]}" if exercise.medal else ""
    head = (
        f"{mark} <strong>{_text(exercise.name)}</strong> · {exercise.earned:g} of "
        f"{exercise.possible:g} points · {exercise.status}{medal}"
    )
    style = f"autograder-exercise autograder-{exercise.status.replace(' ', '-')}"
    if exercise.status == "not started":
        return f'<p class="{style}">{head}</p>'
    tests = "".join(map(_test, exercise.tests))
    printed = ""
    if last := printed_lines(exercise):
        printed = f"<p>your code printed:</p>{_lines(last)}"
    unfolded = " open" if exercise.status in ("failed", "unmeasured") else ""
    return (
        f'<details class="{style}"{unfolded}><summary>{head}</summary>'
        f"<ul>{tests}</ul>{printed}</details>"
    )


def _test(test: TestResult) -> str:
    mark, _ = SKIPPED if test.status == "skipped" else MARKS[test.status]
    lines, tags = [], {"said": "strong", "dim": "small"}
    for text, style in sentences(test):
        tag = tags.get(style)
        lines.append(f"<{tag}>{_text(text)}</{tag}>" if tag and text else _text(text))
    lines[0] = f"{mark} {kind(test)} {lines[0]}".rstrip()
    shown = "".join(
        f"<br>{_text(label)}: <code>{_text(rows[0])}</code>"
        if len(rows) == 1
        else _folded(rows)
        if label == WHOLE_REPORT
        else f"<br>{_text(label)}:{_lines(rows)}"
        for label, rows in details(test)
    )
    return f"<li>{'<br>'.join(lines)}{shown}</li>"
