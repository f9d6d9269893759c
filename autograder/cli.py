"""The `autograder` command.

Exit codes: 0 everything passes; 1 not yet; 2 wrong usage, or a notebook that cannot be read;
3 the grader's own fault.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PASSED, NOT_YET, USAGE, OWN_FAULT = 0, 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code. Nothing heavy is imported before it is needed."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return USAGE
    from autograder.course import UsageError
    from autograder.notebook import NotebookError

    try:
        return options.run(options)
    except (UsageError, NotebookError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("autograder: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return NOT_YET
    except Exception:
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
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    one = command("check", check, "judge a chapter's workbook, or one exercise of it")
    one.add_argument("chapter", nargs="?", help="chapter05, 5, or the path of a notebook")
    one.add_argument("exercise", nargs="*", help="only these exercises")
    one.add_argument("--json", action="store_true", help="print the report as JSON")
    one.add_argument("--no-speed", action="store_true", help="correctness only, no points for speed")

    for name, run, about in [
        ("hint", hint, "the next of an exercise's three hints, after those you have had"),
        ("solution", solution, "the book's solution, after a pass or when asked twice"),
    ]:
        sub = command(name, run, about)
        sub.add_argument("chapter")
        sub.add_argument("exercise", nargs="?")

    command("progress", progress, "what you have done so far")
    command("doctor", doctor, "what this machine has of what the book needs")

    sub = command("reset", reset, "put a fresh workbook in place; the old one is kept beside it")
    sub.add_argument("chapter")
    sub.add_argument("--yes", action="store_true", help="do not ask")

    sub = command("release", release, "authors: make exercises/ from solutions/ and tern")
    sub.add_argument("chapter", nargs="*")
    sub.add_argument("--check", action="store_true", help="change nothing; exit 1 if anything would")

    sub = command("verify", verify, "authors: references pass, rejected submissions fail")
    sub.add_argument("chapter", nargs="*")
    measure = argparse.BooleanOptionalAction
    sub.add_argument("--speed", action=measure, default=True, help="measure each bar's margin, too")
    sub.add_argument("--seed", type=int, default=1, help="of the inputs that tests draw (default 1)")
    return parser


# ---- readers ------------------------------------------------------------------------------------


def check(options: argparse.Namespace) -> int:
    from autograder import course as courses

    course = courses.find_course()
    if options.chapter is None:
        return _check_all(course, options)
    if options.chapter.endswith(".ipynb"):
        path = Path(options.chapter)
        chapter = courses.chapter_of(course, path)
    else:
        chapter = course.chapter(options.chapter)
        path, made = courses.find_workbook(course, chapter)
        if made:
            print(f"a fresh workbook was put at {path}", file=sys.stderr)
    return _check_one(course, chapter, path, options)


def _check_all(course, options: argparse.Namespace) -> int:
    from autograder import course as courses

    worst = PASSED
    for name in course.chapters():
        chapter = course.chapter(name)
        path, _ = courses.find_workbook(course, chapter)
        worst = max(worst, _check_one(course, chapter, path, options))
    return worst


def _check_one(course, chapter, path: Path, options: argparse.Namespace) -> int:
    from autograder import judge, progress, report

    only = [chapter.exercise(name).name for name in options.exercise] or None
    with _waiting() as tell:
        result = judge.grade(course, chapter, path, only, not options.no_speed, tell)
    if options.json:
        print(report.to_json(result))
    else:
        report.render(result)
    progress.record(_home(), result)
    if options.no_speed:
        return PASSED if all(e.status == "correct" for e in result.exercises) else NOT_YET
    return PASSED if result.passed else NOT_YET


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


def hint(options: argparse.Namespace) -> int:
    from autograder import progress

    chapter, exercise = _one_exercise(options)
    number = progress.next_hint(_home(), chapter.name, exercise.name, len(exercise.hints))
    for shown in range(number + 1):  # the earlier ones again: one builds on another
        print(f"{exercise.title}: hint {shown + 1} of {len(exercise.hints)}\n")
        print(exercise.hints[shown].strip() + "\n")
    return PASSED


def solution(options: argparse.Namespace) -> int:
    from autograder import notebook, progress

    chapter, exercise = _one_exercise(options)
    home = _home()
    if not progress.passed(home, chapter.name, exercise.name) and not progress.asked_before(
        home, chapter.name, exercise.name
    ):
        print(
            f"{exercise.name} has not passed yet. `autograder hint {chapter.name} {exercise.name}` "
            "gives a nudge; ask for the solution once more to see it."
        )
        return NOT_YET
    source = notebook.read(chapter.source).cell(exercise.cell).source
    text = "\n".join(line for line in source.splitlines() if "### " not in line)
    print(text.strip() + "\n\n" + exercise.explanation.strip())
    return PASSED


def _one_exercise(options: argparse.Namespace):
    """The exercise asked for, or the first that has not passed."""
    from autograder import course as courses
    from autograder import progress

    chapter = courses.find_course().chapter(options.chapter)
    if options.exercise:
        return chapter, chapter.exercise(options.exercise)
    home = _home()
    for exercise in chapter.exercises:
        if not progress.passed(home, chapter.name, exercise.name):
            return chapter, exercise
    return chapter, chapter.exercises[0]


def progress(options: argparse.Namespace) -> int:
    from autograder import course as courses
    from autograder import progress as kept

    course, data = courses.find_course(), kept.load(_home())
    for name in course.chapters():
        chapter = course.chapter(name)
        done = data["chapters"].get(name, {})
        points = sum(entry["points"] for entry in done.values())
        print(f"{name} · {chapter.title}: {points:g} points")
        for exercise in chapter.exercises:
            entry = done.get(exercise.name, {})
            hints = data["hints"].get(f"{name}/{exercise.name}", 0)
            notes = [entry.get("status", "not started"), entry.get("medal") or ""]
            notes.append(f"{hints} hint{'s' if hints > 1 else ''}" if hints else "")
            print(f"  {exercise.name:24} {'  '.join(note for note in notes if note)}")
    return PASSED


def doctor(options: argparse.Namespace) -> int:
    from autograder import doctor as examination

    return examination.run()


def reset(options: argparse.Namespace) -> int:
    import time

    from autograder import course as courses

    course = courses.find_course()
    chapter = course.chapter(options.chapter)
    path, made = courses.find_workbook(course, chapter)
    if made:
        print(f"a fresh workbook was put at {path}")
        return PASSED
    if not options.yes:
        print(f"Replace {path} by a fresh workbook? Yours is kept beside it. [y/N] ", end="")
        try:
            answer = input()
        except EOFError:  # nobody is there to answer
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            print("nothing was changed")
            return NOT_YET
    backup = path.with_name(f"{path.stem}.{time.strftime('%Y%m%d-%H%M%S')}.backup.ipynb")
    while backup.exists():
        backup = backup.with_name(backup.name.replace(".backup", "x.backup"))
    fresh = _pristine(course, chapter, path)
    path.rename(backup)
    path.write_bytes(fresh)
    print(f"fresh workbook: {path}\nyours is kept at: {backup}")
    return PASSED


def _pristine(course, chapter, path: Path) -> bytes:
    """The unsolved workbook: regenerated, because in a checkout the reader works in exercises/."""
    stub = course.stub(chapter)
    if stub.resolve() != path.resolve():
        return stub.read_bytes()
    from autograder import release

    return release.workbook(chapter).encode()


# ---- authors ------------------------------------------------------------------------------------


def release(options: argparse.Namespace) -> int:
    from autograder import release as releasing

    return releasing.run(options.chapter, options.check)


def verify(options: argparse.Namespace) -> int:
    from autograder import verify as verifying

    return verifying.run(options.chapter, options.speed, options.seed)


def _home() -> Path:
    """Where progress is kept: the checkout, or the folder one works in."""
    from autograder import course as courses

    course = courses.find_course()
    return course.root if course.is_checkout else Path.cwd()
