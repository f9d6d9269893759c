"""`%autograder check` and its like, in a notebook.

The judge is the terminal's own, in a new process: the kernel, in which the reader's code has run,
only asks for a verdict and shows it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex
import sys
from datetime import date
from html import escape
from typing import Any

from autograder.course.layout import Course, UsageError, find_course
from autograder.course.notebook import NotebookError
from autograder.reader import commands, live_notebook, overview, progress
from autograder.report.rendered import Rendered, somebody_is_there
from autograder.report.results import OWN_FAULT, PASSED, USAGE

TYPED = "%autograder"
USAGES = """\
%autograder check                 judge this notebook's exercises
%autograder check dominators      one exercise (and --no-speed: correctness only)
%autograder hint dominators       the next of three hints
%autograder solution dominators   the book's solution, after a pass or when asked twice
%autograder progress              what you have done
All take a chapter, too: %autograder check chapter05 dominators"""
OWN = "this is the grader's own fault, not yours; your notebook is unchanged"


class Verdict(Rendered):
    """What `%autograder check` returns: `code` is 0 for a pass, 1 for not yet, 3 for our own fault.

    `report` is what `autograder check --json` prints.
    """

    def __init__(self, html: str, text: str, code: int, report: dict[str, Any]) -> None:
        super().__init__(html, text)
        self.code, self.report = code, report

    @property
    def passed(self) -> bool:
        return self.code == PASSED


def register(shell: Any) -> None:
    """Make `%autograder` known to the shell."""

    def autograder(line: str) -> Rendered:
        return run(shell, line)

    autograder.__doc__ = USAGES
    shell.register_magic_function(autograder, "line", "autograder")


def run(shell: Any, line: str) -> Rendered:
    """Carry out the line. Raises IPython's UsageError, which shows as one line."""
    import IPython.core.error

    try:
        what, *words = shlex.split(line) or [""]
        carry_out = {
            "check": _check, "hint": _hint, "solution": _solution, "progress": _progress,
        }.get(what)  # fmt: skip
        if carry_out is None:
            raise UsageError(f"{f'no command {what!r}' if what else 'say what to do'}:\n{USAGES}")
        return carry_out(shell, words)
    except (UsageError, NotebookError, ValueError) as error:
        raise IPython.core.error.UsageError(f"autograder: {error}") from None


def _split(words: list[str]) -> tuple[str, list[str]]:
    """The chapter or notebook that the words begin with, if they do, and the exercises."""
    if words and (words[0].endswith(".ipynb") or re.fullmatch(r"(?:chapter|ch)?\d{1,2}", words[0])):
        return words[0], words[1:]
    return "", words


# ---- check --------------------------------------------------------------------------------------


def _check(shell: Any, words: list[str]) -> Verdict:
    from autograder.reader import judging

    speed = "--no-speed" not in words
    requested, names = _split([word for word in words if word != "--no-speed"])
    course = find_course()
    found = live_notebook.find(shell, course, requested)
    only = [found.chapter.exercise(name).name for name in names]
    job = judging.Job(
        root=str(course.root),
        home=str(progress.home(course)),
        chapter=found.chapter.name,
        workbook=str(found.path),
        only=only or None,
        speed=speed,
        name=found.name,
        command=TYPED,
    )
    with _telling() as tell:
        try:
            message = judging.spawned(job, tell)
        finally:
            if found.folder is not None:
                found.folder.cleanup()
    if message["code"] == USAGE:
        raise UsageError(message["text"].replace(str(found.path), found.name))
    if message["code"] == OWN_FAULT:
        html = f'<div class="autograder"><pre>{escape(message["text"])}</pre><p>{OWN}</p></div>'
        return Verdict(html, f"{message['text']}\n{OWN}", OWN_FAULT, {})
    notes = "".join(f'<p class="autograder-note">! {escape(note)}</p>' for note in found.notes)
    text = "\n".join([*(f"! {note}" for note in found.notes), message["text"]])
    return Verdict(notes + message["html"], text, message["code"], message["report"])


@contextlib.contextmanager
def _telling() -> Any:
    """Say what is being done in a line of its own, which goes away; to nobody, say nothing."""
    if not somebody_is_there():
        yield lambda doing: None
        return
    from IPython.display import display

    handle = display(Rendered("<small>checking …</small>", "checking …"), display_id=True)
    update = handle.update if handle is not None else lambda shown: None
    try:
        yield lambda doing: update(Rendered(f"<small>{escape(doing)} …</small>", f"{doing} …"))
    finally:
        update(Rendered("", ""))


# ---- hint, solution, progress -------------------------------------------------------------------


def _hint(shell: Any, words: list[str]) -> Rendered:
    return _printed(commands.show_hint, shell, words)


def _solution(shell: Any, words: list[str]) -> Rendered:
    return _printed(commands.show_solution, shell, words)


def _printed(command: Any, shell: Any, words: list[str]) -> Rendered:
    """What the terminal's command prints."""
    requested, names = _split(words)
    if len(names) > 1:
        raise UsageError(f"one exercise at a time, not {' and '.join(names)}")
    course = find_course()
    chapter = course.chapter(requested) if requested else _chapter(shell, course)
    exercise = names[0] if names else None
    options = argparse.Namespace(chapter=chapter.name, exercise=exercise, typed=TYPED)
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        command(options)
    text = written.getvalue().strip("\n")
    return Rendered(f'<div class="autograder"><pre>{escape(text)}</pre></div>', text)


def _chapter(shell: Any, course: Course) -> Any:
    found = live_notebook.find(shell, course)
    if found.folder is not None:
        found.folder.cleanup()
    return found.chapter


def _progress(shell: Any, words: list[str]) -> Rendered:
    if words:
        raise UsageError("progress takes nothing more; a start date is given in the terminal")
    course = find_course()
    home = progress.home(course)
    seen = overview.overview(course, progress.load(home), date.today())
    text = overview.in_words(seen, date.today())
    parts = [f"<p>{escape(text.splitlines()[0])}</p>"]
    for chapter in seen["chapters"]:
        points = f"{chapter['points']:g} of {chapter['possible']:g} points"
        rows = "".join(
            f"<tr><td>{escape(one['name'])}</td><td>{one['status']}</td>"
            f"<td>{one['points']:g} of {one['possible']:g}</td><td>{overview.medal(one)}</td>"
            f"<td>{overview.counted(one['hints'], 'hint')}</td></tr>"
            for one in chapter["exercises"]
        )
        title = f"{chapter['name']} · {chapter['title']}"
        parts.append(f"<p><strong>{escape(title)}</strong>: {points}</p><table>{rows}</table>")
    parts.append(f"<p>{escape(overview.total(seen))}</p>")
    if "google.colab" in sys.modules:
        kept = f"Kept in {progress.file_in(home)}, which goes when Colab takes this machine back."
        parts.append(f"<p>{escape(kept)}</p>")
        text += f"\n{kept}"
    return Rendered(f'<div class="autograder">{"".join(parts)}</div>', text)
