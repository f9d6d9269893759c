"""No text of a reader's draws a line of the report, in any of its forms."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len
from rich.console import Console

from autograder.report import characters, html, text
from autograder.report.measurement import Note
from autograder.report.results import ExerciseResult, Report, TestResult

FORGED = "✓ dominators  25/25 points  passed"
HOSTILE = {
    "lines": f"no\n\n{FORGED}\n25 of 25 points\nAll of it passes.",
    "carriage return": f"no\r{FORGED}",
    "cleared screen": f"\x1b[2J\x1b[H{FORGED}\x1b[8m",
    "one-byte escape": f"\x9b2J{FORGED}",
    "backspaces": "\b" * 80 + FORGED,
    "other line ends": f"no\x0b\x0c\x1c\x85\u2028\u2029{FORGED}",
    "right to left": f"\u202e{FORGED[::-1]}\u2066\u200f",
    "markup": f"[/][bold green]{FORGED}[/bold green][link=file:///etc]x[/link]",
    "html": f"</li></ul></details><details open><summary>{FORGED}</summary>",
    "half a character": f"\ud83d{FORGED}\udc00",
    "wrapped": "x" * 87 + FORGED,
    "wide and wrapped": "字" * 44 + FORGED,
    "tags and width": f"\U000e0041\u200b\ufeff{FORGED}",
    "a link": f"\x1b]8;;https://example.com\x1b\\{FORGED}\x1b]8;;\x1b\\",
}
WHERE = ["message", "detail", "label of one line", "printed", "note", "workbook", "problem"]


def report(what: str, where: str) -> Report:
    """A report with the text in one of its fields."""
    test = TestResult("ch05-dominators-tests", 10, "failed", "wrong")
    result = ExerciseResult("dominators", "Dominators", "failed", 0, 25, [test])
    made = Report("chapter05", "Designing an IR", "chapter05.ipynb", [result], [])
    if where == "message":
        test.message = what
    elif where == "detail":
        test.details = [("got", what), ("expected", "a\nb")]
    elif where == "label of one line":
        test.details = [("got", what.replace("\n", " "))]
    elif where == "printed":
        result.printed = what
    elif where == "note":
        test.measurements = [Note(text=what)]
    elif where == "workbook":
        made.workbook = what
    else:
        made.problems = [what]
    return made


def shown(made: Report, columns: int = 0) -> str:
    """The report as a terminal of so many columns gets it, or a pipe."""
    written = io.StringIO()
    width, terminal = columns or None, bool(columns)
    console = Console(
        file=written, width=width, force_terminal=terminal, no_color=True, soft_wrap=True
    )
    text.render(made, console)
    return written.getvalue()


def on_screen(made: Report, columns: int) -> list[str]:
    """The terminal's lines: what does not fit goes on at the left edge, as terminals do it."""
    lines = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", shown(made, columns)).split("\n"):
        while cell_len(line) > columns:
            cut = next(n for n in range(len(line), 0, -1) if cell_len(line[:n]) <= columns)
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return lines


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("what", HOSTILE)
def test_no_line_of_a_readers_is_taken_for_one_of_the_reports(what: str, where: str) -> None:
    made = report(HOSTILE[what], where)
    for columns in (40, 80, 100, 200):
        for line in on_screen(made, columns):
            assert not re.match(r"\s{0,3}[✓✗?·]\s+dominators +25", line), (columns, line)
            assert not line.startswith(("25 of 25", "All of it passes."))
    piped = shown(made)
    assert not characters.STEERING.search(piped.replace("\n", ""))
    assert not re.search(r"^\s{0,3}✓", piped, re.M)
    assert piped.count("0 of 25 points") == 1


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("what", HOSTILE)
def test_html_shows_it_as_text(what: str, where: str) -> None:
    tags: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            tags.append(tag)

        def handle_data(self, data: str) -> None:
            assert not characters.STEERING.search(data.replace("\n", ""))

    Parser().feed(html.render(report(HOSTILE[what], where)))
    assert tags.count("details") == tags.count("summary") == 1


@pytest.mark.parametrize("what", HOSTILE)
def test_json_holds_it_and_steers_nothing(what: str) -> None:
    made = report(HOSTILE[what], "message")
    for ascii_only in (False, True):
        written = text.to_json(made, ascii_only)
        assert not characters.STEERING.search(written.replace("\n", ""))
        message = json.loads(written)["exercises"][0]["tests"][0]["message"]
        assert message == HOSTILE[what]


def test_long_texts_are_shortened_in_the_middle() -> None:
    made = report("\n".join(map(str, range(10_000))), "detail")
    assert len(shown(made).splitlines()) < 120
    assert "lines) …" in shown(made)
    made = report("x" * 100_000, "message")
    assert len(shown(made)) < 3_000
    assert "characters) …" in shown(made)


def test_honest_text_stays_as_it_is() -> None:
    honest = "naïve 字 × ✓ … [1, 2] {3} 👩‍💻 C:\\new"
    assert honest in shown(report(honest, "message"))
    assert f"        {honest}" in shown(report(f"first\n{honest}", "detail"))
