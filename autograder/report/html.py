"""Shows a report in a notebook: plain HTML, with classes for the book's style sheet.

Where that sheet is not (JupyterLab, VS Code, Colab) the marks and the folds of the elements do.
"""

from __future__ import annotations

from html import escape

from autograder.report.results import STARS, ExerciseResult, Report, TestResult
from autograder.report.text import MARKS, PRINTED_SHOWN, next_step, printable, speed_line


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
    return escape(printable(text))


def _exercise(exercise: ExerciseResult) -> str:
    mark, _ = MARKS[exercise.status]
    medal = f" · {exercise.medal} {STARS[exercise.medal]}" if exercise.medal else ""
    head = (
        f"{mark} <strong>{_text(exercise.name)}</strong> · {exercise.earned:g} of "
        f"{exercise.possible:g} points · {exercise.status}{medal}"
    )
    kind = f"autograder-exercise autograder-{exercise.status.replace(' ', '-')}"
    if exercise.status == "not started":
        return f'<p class="{kind}">{head}</p>'
    tests = "".join(map(_test, exercise.tests))
    printed = ""
    if exercise.printed and exercise.status == "failed":
        last = "\n".join(exercise.printed.splitlines()[-PRINTED_SHOWN:])
        printed = f"<p>your code printed:</p><pre>{_text(last)}</pre>"
    unfolded = " open" if exercise.status in ("failed", "unmeasured") else ""
    return (
        f'<details class="{kind}"{unfolded}><summary>{head}</summary>'
        f"<ul>{tests}</ul>{printed}</details>"
    )


def _test(test: TestResult) -> str:
    mark = "·" if test.status == "skipped" else MARKS[test.status][0]
    lines = [f"{mark} {'speed' if test.is_speed else 'correct'}"]
    if test.status == "passed":
        for measurement in test.measurements:
            lines.append(_text(speed_line(measurement)))
            lines.append(f"<small>{_text(measurement.circumstances())}</small>")
    else:
        lines[0] += f" <strong>{_text(test.message)}</strong>" if test.message else ""
        for measurement in test.measurements:
            lines.append(f"<small>{_text(measurement.circumstances())}</small>")
    details = "".join(
        f"<br>{_text(label)}:<pre>{_text(text.strip(chr(10)))}</pre>"
        if "\n" in text.strip("\n")
        else f"<br>{_text(label)}: <code>{_text(text)}</code>"
        for label, text in test.details
    )
    return f"<li>{'<br>'.join(lines)}{details}</li>"
