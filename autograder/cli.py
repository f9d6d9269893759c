"""The `autograder` command.

Exit codes: 0 everything passes; 1 not yet; 2 wrong usage, or a notebook that cannot be read;
3 the grader's own fault.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.reader import commands, stopping
from autograder.report.characters import forgiving, visible, writes_unicode
from autograder.report.results import NOT_YET, OWN_FAULT, PASSED, USAGE, exit_code

if TYPE_CHECKING:
    from autograder.course.layout import Chapter, Course


# Of OSErrors that say what the machine lacks: room, memory, processes, open files.
MACHINES = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.ENOMEM, errno.EMFILE)

Run = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code. Nothing heavy is imported before it is needed."""
    _complete_surroundings()
    parser = make_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return USAGE
    forgiving((sys.stdout, sys.stderr))
    try:
        with stopping.cleaning_up():
            code = _carried_out(options)
            sys.stdout.flush()
        return code
    except KeyboardInterrupt as stopped:
        print("autograder: stopped", file=sys.stderr)
        return getattr(stopped, "code", 130)
    except BrokenPipeError:  # whoever read it has heard enough
        _write_no_more()
        return NOT_YET
    except OSError as error:
        _write_no_more()
        print(f"autograder: the machine lacks something: {error.strerror}", file=sys.stderr)
        return USAGE


def _complete_surroundings() -> None:
    """What whoever started this has closed leads nowhere; a terminal 0 wide has no known width."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(number)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))
    if not os.environ.get("COLUMNS", "1").strip("0"):
        del os.environ["COLUMNS"]


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: the interpreter would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _carried_out(options: argparse.Namespace) -> int:
    """Run the command; an exception becomes an exit code, and a line or more on stderr."""
    from autograder.course.layout import UsageError
    from autograder.course.notebook import NotebookError

    try:
        return options.run(options)
    except (UsageError, NotebookError) as error:
        print(f"autograder: {visible(str(error))}", file=sys.stderr)
        return USAGE
    except Exception as error:
        if isinstance(error, BrokenPipeError) or getattr(error, "errno", 0) in MACHINES:
            raise
        import traceback

        traceback.print_exc()
        print(
            "autograder: this is the grader's own fault, not yours; your workbook is unchanged",
            file=sys.stderr,
        )
        return OWN_FAULT


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Check the book's exercises for correctness and for speed.",
        epilog="Exit codes: 0 passes, 1 not yet, 2 usage or notebook problem, 3 grader's fault.",
    )
    subs = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Run, about: str) -> argparse.ArgumentParser:
        sub = subs.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run, typed="autograder")
        return sub

    one = command("check", run_check, "judge a chapter's workbook, or one exercise of it")
    one.add_argument("chapter", nargs="?", help="chapter05, 5, or the path of a notebook")
    one.add_argument("exercise", nargs="*", help="only these exercises")
    one.add_argument("--json", action="store_true", help="print the report as JSON")
    one.add_argument(
        "--no-speed", action="store_true", help="correctness only, no points for speed"
    )
    one.add_argument(
        "--full", action="store_true", help="show all that a compiler or a sanitizer says"
    )

    sub = command(
        "watch", run_watch, "judge one exercise after another, each time the workbook is saved"
    )
    sub.add_argument("chapter", help="chapter05, 5, or the path of a notebook")
    sub.add_argument("exercise", nargs="?", help="begin here, not at the first that has not passed")
    sub.add_argument(
        "--no-speed", action="store_true", help="correctness only, no points for speed"
    )
    keys = "n next, h hint, l list, c check again, r or x reset, q quit"
    sub.epilog = f"Keys: {keys}. It never goes on by itself."

    for name, run, about in [
        (
            "hint",
            commands.show_hint,
            "the next of an exercise's three hints, after those you have had",
        ),
        (
            "solution",
            commands.show_solution,
            "the book's solution, after a pass or when asked twice",
        ),
    ]:
        sub = command(name, run, about)
        sub.add_argument("chapter", help="chapter05, 5, or the path of a notebook")
        sub.add_argument("exercise", nargs="?")

    sub = command(
        "progress", commands.show_progress, "what you have done, against the plan of 28 weeks"
    )
    sub.add_argument(
        "--start", type=day, metavar="DATE", help="your first week begins, as 2026-11-02"
    )
    sub.add_argument("--json", action="store_true", help="print it as JSON")
    sub = command("doctor", run_doctor, "what this machine has of what the book needs")
    sub.add_argument(
        "--machine", action="store_true", help="measure this machine: caches, units, bandwidth"
    )

    sub = command(
        "reset",
        commands.reset_workbook,
        "put a fresh workbook in place; the old one is kept beside it",
    )
    sub.add_argument("chapter")
    sub.add_argument("exercise", nargs="?", help="only this exercise's cell")
    sub.add_argument("--yes", action="store_true", help="do not ask")

    sub = command("release", run_release, "authors: make exercises/ from solutions/ and tern")
    sub.add_argument("chapter", nargs="*")
    sub.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if anything would"
    )

    sub = command("verify", run_verify, "authors: references pass, rejected submissions fail")
    sub.add_argument("chapter", nargs="*")
    measure = argparse.BooleanOptionalAction
    sub.add_argument("--speed", action=measure, default=True, help="measure each bar's margin, too")
    sub.add_argument(
        "--seed", type=int, default=1, help="of the inputs that tests draw (default 1)"
    )
    sub.add_argument(
        "--today", action="store_true", help="of rejected headers in C++, a third, by the day"
    )
    return parser


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-02") from None


# ---- readers ------------------------------------------------------------------------------------


def run_check(options: argparse.Namespace) -> int:
    from autograder.course.layout import find_course

    course = find_course()
    if options.chapter is None:
        names = course.chapters()
        return max((_check_one(*_workbook(name), options) for name in names), default=PASSED)
    return _check_one(*_workbook(options.chapter), options)


def _workbook(name: str) -> tuple[Course, Chapter, Path]:
    """The course, the chapter, and the workbook: of a chapter's name, or of a notebook's path."""
    from autograder.course.layout import chapter_of, find_course, find_workbook

    course = find_course()
    if course.is_path(name):
        return course, chapter_of(course, Path(name)), Path(name)
    chapter = course.chapter(name)
    path, made = find_workbook(course, chapter)
    if made:
        print(f"a fresh workbook was put at {path}", file=sys.stderr)
    return course, chapter, path


def _check_one(course: Course, chapter: Chapter, path: Path, options: argparse.Namespace) -> int:
    from autograder.course.layout import UsageError
    from autograder.judge import judge
    from autograder.reader import progress
    from autograder.report import text

    only = [chapter.exercise(name).name for name in options.exercise] or None
    with _waiting() as tell, contextlib.redirect_stdout(sys.stderr):
        result = judge.grade(course, chapter, path, only, not options.no_speed, tell)
    if options.json:
        print(text.to_json(result, ascii_only=not writes_unicode(sys.stdout)))
    else:
        text.render(result, full=options.full)
    try:
        progress.record(progress.home(course), result)
    except UsageError as error:  # no reason to keep the verdict back
        print(f"autograder: {visible(str(error))}", file=sys.stderr)
    return exit_code(result, not options.no_speed)


@contextlib.contextmanager
def _waiting() -> Iterator[Callable[[str], None]]:
    """Say what is being done in one line that replaces itself, if somebody is watching."""
    if not sys.stderr.isatty():
        yield lambda doing: None
        return
    erase = "\r\x1b[K"
    try:
        yield lambda doing: print(f"{erase}{doing} …", end="", file=sys.stderr, flush=True)
    finally:
        print(erase, end="", file=sys.stderr, flush=True)


def run_watch(options: argparse.Namespace) -> int:
    from autograder.course.layout import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "watch waits for keys and needs a terminal; to judge once: "
            f"autograder check {options.chapter}"
        )
    course, chapter, path = _workbook(options.chapter)
    if not path.exists():
        raise UsageError(f"{path}: no such file")
    first = chapter.exercise(options.exercise).name if options.exercise else None
    from autograder.reader.watch import Watch

    return Watch(course, chapter, path, first, not options.no_speed).run()


def run_doctor(options: argparse.Namespace) -> int:
    from autograder.reader import doctor

    return doctor.measure_machine() if options.machine else doctor.run()


# ---- authors ------------------------------------------------------------------------------------


def run_release(options: argparse.Namespace) -> int:
    from autograder.author import release

    return release.run(options.chapter, options.check)


def run_verify(options: argparse.Namespace) -> int:
    from autograder.author import verify

    today = date.today() if options.today else None
    return verify.run(options.chapter, options.speed, options.seed, today)
