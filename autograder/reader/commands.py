"""What readers ask for beside a judgement: hints, solutions, what is done, a fresh workbook.

Each takes the command's options, prints, and returns the exit code. Raises UsageError,
NotebookError. `options.typed` is what the reader types to get here: `autograder`, or `%autograder`
in a notebook. A new command comes here, its parser into cli.py, and a line into magics.py if
notebooks have it.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from autograder.course import notebook
from autograder.course.layout import Chapter, Exercise, chapter_of, find_course, find_workbook
from autograder.reader import overview, progress, reset
from autograder.report.results import NOT_YET, PASSED


def show_hint(options: argparse.Namespace) -> int:
    chapter, exercise = _one_exercise(options)
    number = progress.next_hint(_home(), chapter.name, exercise.name, len(exercise.hints))
    for shown in range(number + 1):  # the earlier ones again: one builds on another
        print(f"{exercise.title}: hint {shown + 1} of {len(exercise.hints)}\n")
        print(exercise.hints[shown] + "\n")
    return PASSED


def show_solution(options: argparse.Namespace) -> int:
    chapter, exercise = _one_exercise(options)
    home = _home()
    if not progress.passed(home, chapter.name, exercise.name) and not progress.asked_before(
        home, chapter.name, exercise.name
    ):
        print(
            f"{exercise.name} has not passed yet. `{options.typed} hint {chapter.name} "
            f"{exercise.name}` gives a nudge; ask for the solution once more to see it."
        )
        return NOT_YET
    source = notebook.read(chapter.source).source_of(exercise.cell)
    text = "\n".join(line for line in source.splitlines() if "### " not in line)
    print(text.strip() + "\n\n" + exercise.explanation)
    return PASSED


def _one_exercise(options: argparse.Namespace) -> tuple[Chapter, Exercise]:
    """The exercise asked for, or the first that has not passed."""
    course, name = find_course(), options.chapter
    chapter = chapter_of(course, Path(name)) if course.is_path(name) else course.chapter(name)
    if options.exercise:
        return chapter, chapter.exercise(options.exercise)
    home = _home()
    for exercise in chapter.exercises:
        if not progress.passed(home, chapter.name, exercise.name):
            return chapter, exercise
    return chapter, chapter.exercises[0]


def show_progress(options: argparse.Namespace) -> int:
    course = find_course()
    home = progress.home(course)
    if options.start is not None:
        progress.begin(home, options.start)
    seen = overview.overview(course, progress.load(home), date.today())
    if options.json:
        print(
            json.dumps({**seen, "file": str(progress.file_in(home))}, indent=2, ensure_ascii=False)
        )
    else:
        print(overview.in_words(seen, date.today()))
    return PASSED


def reset_workbook(options: argparse.Namespace) -> int:
    course = find_course()
    chapter = course.chapter(options.chapter)
    one = chapter.exercise(options.exercise) if options.exercise else None
    path, made = find_workbook(course, chapter)
    if made:
        print(f"a fresh workbook was put at {path}")
        return PASSED
    if one is None:
        question = f"Replace {path} by a fresh workbook?"
    else:
        answer = reset.answer_in(chapter, one, path)
        question = f"Replace your answer to {one.name}, {answer.place} of {path}, by the stub?"
    if not options.yes and not _said_yes(f"{question} Yours is kept beside it. [y/N] "):
        print("nothing was changed")
        return NOT_YET
    if one is None:
        backup = reset.workbook(course, chapter, path)
        print(f"fresh workbook: {path}\nyours is kept at: {backup}")
    else:
        backup = reset.exercise(chapter, one, path)
        print(f"fresh cell for {one.name}: {path}\nyours is kept at: {backup}")
    return PASSED


def _said_yes(question: str) -> bool:
    print(question, end="")
    try:
        return input().strip().lower() in ("y", "yes")
    except EOFError:  # nobody is there to answer
        return False


def _home() -> Path:
    return progress.home(find_course())
