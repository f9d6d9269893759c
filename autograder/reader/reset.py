"""Puts an unsolved workbook, or exercise, in place; what was there is kept beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from autograder.course import notebook
from autograder.course.answers import Answer, Asked, find_answers
from autograder.course.files import Unreadable, read_file
from autograder.course.layout import Chapter, Course, Exercise, UsageError

MAX_REPLACED = 1 << 30  # bytes of a workbook that is replaced, whatever it holds


def answer_in(chapter: Chapter, exercise: Exercise, path: Path) -> Answer:
    """The cells of the workbook that a reset of the exercise replaces. Raises UsageError."""
    asked = [Asked(each.cell, each.function) for each in chapter.exercises]
    found, problems = find_answers(notebook.read(path), asked)
    if exercise.cell not in found:
        lost = next(one for one in problems if exercise.function in one)
        raise UsageError(f"{path}: {lost}; a reset of the whole workbook brings the cell back")
    answer = found[exercise.cell]
    for other in chapter.exercises:
        if other is not exercise and other.cell in found:
            if shared := set(answer.numbers) & set(found[other.cell].numbers):
                raise UsageError(
                    f"{path}: cell {min(shared)} holds {other.name} as well: split it first"
                )
    return answer


def workbook(course: Course, chapter: Chapter, path: Path) -> Path:
    """Replace the whole workbook, and return where the old one is kept. Raises UsageError."""
    try:
        before = read_file(path, MAX_REPLACED)
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from None
    return _replace(path, before, _pristine(course, chapter, path))


def exercise(chapter: Chapter, one: Exercise, path: Path) -> Path:
    """Replace the exercise's cell by its stub, and return where the old workbook is kept.

    Pieces that were split from the cell are emptied.
    Everything else in the notebook stays. Raises UsageError.
    """
    stub = notebook.stub_of(notebook.read(chapter.source).source_of(one.cell))
    before = path.read_bytes()
    numbers = answer_in(chapter, one, path).numbers
    data = json.loads(before.decode("utf-8-sig"))
    for number in numbers:
        cell = data["cells"][number - 1]
        cell["source"] = stub.splitlines(keepends=True) if number == numbers[0] else []
        cell["outputs"], cell["execution_count"] = [], None
    return _replace(path, before, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def _replace(path: Path, before: bytes, after: bytes) -> Path:
    """Have `after` stand at `path`, at once, and what was there at the path returned.

    Raises UsageError, and changes nothing, if somebody has saved the file since `before` was read.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be written to: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            file.flush()
            os.fsync(file.fileno())
        if path.read_bytes() != before:
            raise UsageError(f"{path} was saved just now: nothing was changed, try again")
        backup = _backup_of(path)
        try:
            os.link(path, backup)
        except OSError:  # a file system that has no second names
            shutil.copy2(path, backup)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return backup


def _backup_of(path: Path) -> Path:
    backup = path.with_name(f"{path.stem}.{time.strftime('%Y%m%d-%H%M%S')}.backup.ipynb")
    while backup.exists():
        backup = backup.with_name(backup.name.replace(".backup", "x.backup"))
    return backup


def _pristine(course: Course, chapter: Chapter, path: Path) -> bytes:
    """The unsolved workbook: regenerated, because in a checkout the reader works in exercises/."""
    stub = course.stub(chapter)
    if stub.resolve() != path.resolve():
        return stub.read_bytes()
    from autograder.course.workbook import workbook

    return workbook(chapter).encode()
