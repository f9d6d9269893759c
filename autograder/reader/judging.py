"""Judging for a reader: the verdict of judge.py, kept in the progress file and told in messages.

It runs in a process of its own (judge/apart.py); this module is that process, where a new one is
started.
"""

from __future__ import annotations

import dataclasses
import io
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.layout import Course, UsageError
from autograder.course.notebook import NotebookError
from autograder.judge import apart
from autograder.judge.apart import Message, Send
from autograder.report.results import OWN_FAULT, USAGE, exit_code

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Job:
    """What to judge, and how to tell it. Plain data, so that it can be sent to a new process."""

    root: str  # of the course
    home: str  # where progress is kept
    chapter: str
    workbook: str
    only: list[str] | None = None
    speed: bool = True
    name: str = ""  # what the report calls the workbook, if not by its path
    command: str = "autograder"  # how the reader calls the command
    color: bool = False
    brief: bool = False


def judged(job: Job, send: Send) -> None:
    """Judge, keep the progress, and send the messages. Raises nothing but KeyboardInterrupt."""
    from autograder.judge import judge
    from autograder.reader import progress
    from autograder.report import html, text

    try:
        course = Course(Path(job.root))
        chapter = course.chapter(job.chapter)
        result = judge.grade(
            course,
            chapter,
            Path(job.workbook),
            job.only,
            job.speed,
            lambda doing: send({"doing": doing}),
        )
        result.workbook = job.name or result.workbook
        try:
            progress.record(Path(job.home), result)
        except UsageError as error:
            result.problems.append(str(error))
        written = io.StringIO()
        text.render(result, _console(written, job.color), job.command, job.brief)
    except (UsageError, NotebookError) as error:
        send({"code": USAGE, "text": str(error)})
    except Exception:
        send({"code": OWN_FAULT, "text": traceback.format_exc().rstrip()})
    else:
        send(
            {
                "code": exit_code(result, job.speed),
                "text": written.getvalue().strip("\n"),
                "html": html.render(result, job.command),
                "report": text.to_dict(result),
            }
        )


def _console(file: io.StringIO, color: bool) -> Console:
    from rich.console import Console

    return Console(
        file=file, force_terminal=color, no_color=None if color else True,
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def spawned(job: Job, tell: Callable[[str], None]) -> Message:
    """Judge in a new process and return the last message; `tell` hears what is being done."""
    return apart.spawned(__spec__.name, json.dumps(dataclasses.asdict(job)), tell)


if __name__ == "__main__":
    apart.send_lines(lambda send: judged(Job(**json.loads(sys.argv[1])), send))
