"""Where the course is: its chapters, workbooks, source notebooks and exercises."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder.course import notebook

PACKAGE = Path(__file__).resolve().parents[1]  # the folder of autograder


class UsageError(Exception):
    """A command that cannot be carried out as asked; one line that says why."""


@dataclass(frozen=True)
class Exercise:
    """One exercise as chapterNN.toml describes it. `part` is the part of tern that it builds."""

    name: str
    title: str
    function: str
    part: str
    cell: str
    minutes: int
    inout: bool = False
    forbidden: tuple[str, ...] = ()  # short cuts that would miss the exercise: see shortcuts.py
    hints: tuple[str, ...] = ()
    explanation: str = ""


@dataclass(frozen=True)
class Chapter:
    """A chapter's folder in solutions/ and what its TOML file says."""

    name: str
    title: str
    folder: Path
    exercises: tuple[Exercise, ...]
    preload: tuple[str, ...] = ()
    limits: dict = field(default_factory=dict)
    native: bool = False  # its exercises compile machine code: see sandbox.forbid

    @property
    def source(self) -> Path:
        return self.folder / f"{self.name}.ipynb"

    def exercise(self, name: str) -> Exercise:
        """The exercise called `name`, by its name, function or an unambiguous beginning."""
        requested = name.replace("_", "-")
        names = [exercise.name for exercise in self.exercises]
        hits = [n for n in names if n == requested] or [n for n in names if n.startswith(requested)]
        hits = hits or [n for n in names if requested in n]
        if len(hits) != 1:
            raise UsageError(
                f"{self.name} has no exercise {name!r}; it has {', '.join(names)}"
                if not hits
                else f"{name!r} could be {' or '.join(hits)}"
            )
        return self.exercises[names.index(hits[0])]


@dataclass(frozen=True)
class Course:
    """`root` holds solutions/ and exercises/: a checkout, or the copy inside the package."""

    root: Path

    @property
    def is_checkout(self) -> bool:
        return (self.root / "_toc.yml").exists()

    def chapters(self) -> list[str]:
        return sorted(path.parent.name for path in self.root.glob("solutions/*/*.toml"))

    def chapter(self, name: str) -> Chapter:
        """The chapter called `name`: chapter05, ch05, 05 or 5. Raises UsageError."""
        match = re.fullmatch(r"(?:chapter|ch)?0*(\d{1,2})", name.strip().lower())
        full = f"chapter{int(match[1]):02}" if match else name
        file = self.root / "solutions" / full / f"{full}.toml"
        if not file.exists():
            have = ", ".join(self.chapters()) or "none"
            raise UsageError(f"there is no chapter {name!r} with exercises yet; there are: {have}")
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        exercises = tuple(_exercise(file, entry) for entry in data["exercise"])
        return Chapter(
            full,
            data["title"],
            file.parent,
            exercises,
            tuple(data.get("preload", ())),
            data.get("limits", {}),
            data.get("native", False),
        )

    def stub(self, chapter: Chapter) -> Path:
        return self.root / "exercises" / chapter.name / f"{chapter.name}.ipynb"


def _exercise(file: Path, entry: dict[str, Any]) -> Exercise:
    """One `[[exercise]]` of a TOML file. Raises UsageError."""
    name = entry.get("name", "an exercise")
    known = {one.name: one.default is MISSING for one in fields(Exercise)}
    if unknown := [key for key in entry if key not in known]:
        raise UsageError(f"{file}: {name} has an unknown key {unknown[0]!r}")
    if lacking := [key for key, required in known.items() if required and key not in entry]:
        raise UsageError(f"{file}: {name} lacks the key {lacking[0]!r}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Exercise(**values)


def find_course(start: Path | None = None) -> Course:
    """The checkout around `start` or around the package, else the copy inside the package."""
    here = (start or Path.cwd()).resolve()
    for folder in [here, *here.parents, PACKAGE.parent]:
        if (folder / "_toc.yml").exists() and (folder / "solutions").is_dir():
            return Course(folder)
    if (PACKAGE / "course" / "solutions").is_dir():
        return Course(PACKAGE / "course")
    raise UsageError("the course's files are neither around this folder nor in the package")


def find_workbook(course: Course, chapter: Chapter, start: Path | None = None) -> tuple[Path, bool]:
    """The reader's workbook, and whether it was made just now from the package's copy."""
    here = (start or Path.cwd()).resolve()
    file = f"{chapter.name}.ipynb"
    candidates = [here / "exercises" / chapter.name / file, here / chapter.name / file, here / file]
    if course.is_checkout:
        candidates.append(course.stub(chapter))
    for path in candidates:
        if path.exists() and path.resolve() != chapter.source.resolve():
            return path, False
    if not course.stub(chapter).exists():
        lost = course.stub(chapter)
        raise UsageError(f"{lost} is missing; to get it back: git checkout -- {lost}")
    target = candidates[0]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(course.stub(chapter).read_bytes())
    return target, True


def chapter_of(course: Course, path: Path) -> Chapter:
    """The chapter that a notebook file belongs to, by its name or by the ids of its cells."""
    match = re.search(r"chapter\d\d", path.stem)
    if match and match[0] in course.chapters():
        return course.chapter(match[0])
    for cell in notebook.read(path).cells:
        if match := re.match(r"ch(\d\d)-", cell.id):
            return course.chapter(match[1])
    raise UsageError(f"{path}: cannot tell which chapter this is (its name has no chapterNN)")
