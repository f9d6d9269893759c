"""What of the syllabus is here: the chapters that have their files, and how much is in them.

A chapter NN is here when all its files are:

    chapters/chapterNN.ipynb                the lesson
    solutions/chapterNN/chapterNN.toml      the exercises, each an [[exercise]]
    solutions/chapterNN/chapterNN.ipynb     the workbook with its solutions
    exercises/chapterNN/chapterNN.ipynb     the workbook, made by `autograder release`
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from book.ext.syllabus import CHAPTERS, Chapter

SMALL = "no one two three four five six seven eight nine".split()


class CourseError(Exception):
    """A file of a chapter cannot be read; one line that says which, and why."""


class Here(NamedTuple):
    """A chapter that is in the book, with what its TOML file says."""

    chapter: Chapter
    exercises: int
    minutes: int

    @property
    def hours(self) -> str:
        """The exercises' hours, to the half hour.

        >>> [Here(CHAPTERS[0], 5, minutes).hours for minutes in (285, 270, 60, 20)]
        ['5 hours', '4½ hours', '1 hour', '½ hour']
        """
        halves = max(1, round(self.minutes / 30))
        number = (str(halves // 2) if halves > 1 else "") + ("½" if halves % 2 else "")
        return f"{number} hour{'s' if halves > 2 else ''}"


def files(root: Path, name: str) -> tuple[Path, Path, Path, Path]:
    """A chapter's lesson, TOML file, source, and workbook."""
    return (
        root / "chapters" / f"{name}.ipynb",
        root / "solutions" / name / f"{name}.toml",
        root / "solutions" / name / f"{name}.ipynb",
        root / "exercises" / name / f"{name}.ipynb",
    )


def present(root: Path) -> list[Here]:
    """The chapters that have all their files, in their order. Raises CourseError."""
    found = []
    for chapter in CHAPTERS:
        paths = files(root, chapter.name)
        if not all(path.is_file() for path in paths):
            continue
        try:
            data = tomllib.loads(paths[1].read_text(encoding="utf-8"))
            minutes = [exercise["minutes"] for exercise in data["exercise"]]
        except (ValueError, KeyError, TypeError) as error:
            raise CourseError(f"{paths[1]}: cannot be read as a chapter: {error!r}") from None
        found.append(Here(chapter, len(minutes), sum(minutes)))
    return found


def problems(root: Path) -> list[str]:
    """What keeps a chapter out of the book, and titles that are not the syllabus's: a line each."""
    found: list[str] = []
    folders = {path.parent.name for path in root.glob("solutions/*/*.toml")}
    lessons = {path.stem for path in root.glob("chapters/chapter*.ipynb")}
    rows = {chapter.name: chapter for chapter in CHAPTERS}
    for name in sorted(folders | lessons):
        if name not in rows:
            found.append(f"{name}: the syllabus (book/ext/syllabus.py) has no such row")
            continue
        for path in files(root, name):
            if not path.is_file():
                found.append(f"{path.relative_to(root)}: missing, so {name} is not in the book")
            elif (title := title_of(path)) != (expected := _expected(path, rows[name])):
                found.append(
                    f"{path.relative_to(root)}: its title is {title!r}, the syllabus's {expected!r}"
                )
    return found


def title_of(path: Path) -> str:
    """The first line of a notebook, or the title of a TOML file. Raises CourseError."""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text)["title"]
        return "".join(json.loads(text)["cells"][0]["source"]).split("\n")[0]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise CourseError(f"{path}: has no title: {error!r}") from None


def _expected(path: Path, chapter: Chapter) -> str:
    if path.suffix == ".toml":
        return chapter.title
    if path.parent.name == "chapters":
        return f"# {chapter.heading}"
    return f"# Chapter {chapter.number:02} · Workbook: {chapter.title}"


def in_words(number: int, noun: str = "") -> str:
    """A number as running text has it, with its noun in the right form.

    >>> in_words(6, "chapter"), in_words(1, "chapter"), in_words(33)
    ('six chapters', 'one chapter', '33')
    """
    word = SMALL[number] if 0 <= number < len(SMALL) else f"{number:,}"
    return f"{word} {noun}{'' if number == 1 else 's'}" if noun else word


def of_all(number: int) -> str:
    """How many of the chapters are here.

    >>> of_all(6), of_all(28)
    ('six of 28 chapters', 'all 28 chapters')
    """
    whole = in_words(len(CHAPTERS), "chapter")
    return f"all {whole}" if number == len(CHAPTERS) else f"{in_words(number)} of {whole}"


def capital(text: str) -> str:
    return re.sub(r"^[a-z]", lambda match: match.group().upper(), text)
