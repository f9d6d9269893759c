"""Submissions that must fail: tests/rejected/chapterNN/EXERCISE/WHAT.py, or .hpp, or .diff.

A file is the text of the exercise's solution cell, after a header that says which test must fail
and what the message must say:

    # fails: tests
    # says: regular expression

and, where only a tool can tell, `# needs: valgrind`, the command without which it isn't judged.
The lines of a header in C++, WHAT.hpp, begin with // instead, and the magic is left out.

A diff says where it differs from the book's answer: after the header come hunks, each below a line
`@@`, of lines that stay, go (-), and come (+). What a hunk finds must be there once.
"""

from __future__ import annotations

import copy
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from autograder.course.layout import Chapter, Course, Exercise

KINDS = ("tests", "speed", "not started")
AT_LEAST = 3  # for each exercise


@dataclass(frozen=True)
class Rejected:
    """A submission that must fail: the test it fails (the end of the cell's id) and the message."""

    path: Path
    exercise: str
    fails: str
    says: str
    source: str
    needs: str = ""  # a command

    @property
    def missing(self) -> str:
        """What keeps it from being judged here; empty if nothing does."""
        return self.needs if self.needs and shutil.which(self.needs) is None else ""


def paths(course: Course, chapter: Chapter, exercise: Exercise) -> list[Path]:
    """Where an exercise's rejected submissions are. Nothing is read."""
    folder = course.root / "tests" / "rejected" / chapter.name / exercise.name
    kinds = ("*.hpp", "*.diff") if exercise.header else ("*.py", "*.diff")
    return sorted(path for kind in kinds for path in folder.glob(kind))


def of_today(paths: list[Path], day: date) -> list[Path]:
    """A third of an exercise's rejected headers, another one each day: each costs a build."""
    return [path for at, path in enumerate(paths) if (at + day.toordinal()) % 3 == 0]


def rejected(course: Course, chapter: Chapter, exercise: Exercise) -> list[Rejected]:
    return [read(path) for path in paths(course, chapter, exercise)]


def all_rejected(course: Course, chapter: Chapter) -> list[Rejected]:
    return [one for exercise in chapter.exercises for one in rejected(course, chapter, exercise)]


def read(path: Path) -> Rejected:
    """Raises ValueError for a header that says nothing."""
    text = path.read_text(encoding="utf-8")
    fails = re.search(r"^(?:#|//) fails: (.+)$", text, re.M)
    says = re.search(r"^(?:#|//) says: (.+)$", text, re.M)
    if not fails or not says or fails[1].strip() not in KINDS:
        kinds = ", ".join(KINDS)
        raise ValueError(f"{path}: needs the lines `# fails:` (one of {kinds}) and `# says:`")
    needs = re.search(r"^(?:#|//) needs: (.+)$", text, re.M)
    command = needs[1].strip() if needs else ""
    return Rejected(path, path.parent.name, fails[1].strip(), says[1].strip(), text, command)


def with_answer(chapter: Chapter, data: dict[str, Any], one: Rejected) -> dict[str, Any]:
    """The source notebook with one exercise's solution cell replaced."""
    data = copy.deepcopy(data)
    identity = chapter.exercise(one.exercise).cell
    for cell in data["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == identity:
            cell["source"] = answer(one, "".join(cell["source"]))
    return data


def answer(one: Rejected, book: str) -> str:
    """What a submission hands in, given the book's solution cell.

    Raises ValueError for a hunk of a diff that the book's text does not have, or has twice.
    """
    if one.path.suffix == ".hpp":
        return book.partition("\n")[0] + "\n" + one.source  # below the book's magic
    if one.path.suffix != ".diff":
        return one.source
    lines = [line for line in book.splitlines() if "### " not in line]
    for hunk in one.source.split("\n@@\n")[1:]:
        signed = hunk.splitlines()
        old, new = ([line[1:] for line in signed if line[:1] != sign] for sign in "+-")
        found = [at for at in range(len(lines)) if lines[at : at + len(old)] == old]
        if len(found) != 1:
            raise ValueError(f"{one.path}: {len(found)} places in the book's answer are\n{hunk}")
        lines[found[0] : found[0] + len(old)] = new
    return "\n".join(lines) + "\n"
