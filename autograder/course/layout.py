"""Where the course is: its chapters, workbooks, source notebooks and exercises."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder.course import notebook

PACKAGE = Path(__file__).resolve().parents[1]  # the folder of autograder


class UsageError(Exception):
    """A command that cannot be carried out as asked; one line that says why."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise as chapterNN.toml describes it.

    `part` is the part of tern that it builds, or `header` the header in C++: a file in tern, by its
    path there. One of the two is given.
    """

    name: str
    title: str
    function: str
    part: str = ""
    header: str = ""  # "workshop/cpp/small_vec.hpp"; the function is "small_vec" then
    cell: str
    minutes: int
    inout: bool = False
    needs: str = ""  # a tool of author/tools.py, without which nobody can judge it
    forbidden: tuple[str, ...] = ()  # short cuts that would miss the exercise: see shortcuts.py
    contained_in: tuple[str, ...] = ()  # parts, functions, modules that hold the answer as well
    hints: tuple[str, ...] = ()
    explanation: str = ""

    @property
    def off(self) -> list[str]:
        """What is switched off while the exercise is judged: see worker/parts.py."""
        return [*([self.part] if self.part else []), *self.contained_in]


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
    # functions that compile the book's kernels, once for all of `verify`
    warm: tuple[str, ...] = ()

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

    def is_path(self, name: str) -> bool:
        """Whether a reader means a file by this, and not a chapter."""
        return os.sep in name or "." in name or (os.path.exists(name) and not self._toml(name))

    def _toml(self, name: str) -> Path | None:
        match = re.fullmatch(r"(?:chapter|ch)?0*(\d{1,2})", name.strip().lower())
        full = f"chapter{int(match[1]):02}" if match else name
        file = self.root / "solutions" / full / f"{full}.toml"
        return file if os.sep not in name and os.path.exists(file) else None

    def chapter(self, name: str) -> Chapter:
        """The chapter called `name`: chapter05, ch05, 05 or 5. Raises UsageError."""
        file = self._toml(name)
        if file is None:
            have = ", ".join(self.chapters()) or "none"
            raise UsageError(f"there is no chapter {name!r} with exercises yet; there are: {have}")
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        exercises = tuple(_exercise(file, entry) for entry in data["exercise"])
        return Chapter(
            file.stem,
            data["title"],
            file.parent,
            exercises,
            tuple(data.get("preload", ())),
            data.get("limits", {}),
            data.get("native", False),
            tuple(data.get("warm", ())),
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
    if bool(entry.get("part")) == bool(entry.get("header")):
        raise UsageError(f"{file}: {name} needs one of the keys 'part' and 'header'")
    if entry.get("header") and Path(entry["header"]).name != f"{entry['function']}.hpp":
        raise UsageError(f"{file}: {name}: its function has to be the name of its header's file")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    # Lines alone: a text may begin with code, whose indentation is part of it.
    values["hints"] = tuple(hint.strip("\n") for hint in values.get("hints", ()))
    values["explanation"] = values.get("explanation", "").strip("\n")
    return Exercise(**values)


def find_course(start: Path | None = None) -> Course:
    """The checkout around `start` or around the package, else the copy inside the package."""
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise UsageError("this folder is gone: cd into another one") from None
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
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(course.stub(chapter).read_bytes())
    except OSError as error:
        why = f"no workbook can be put here ({error.strerror}): go to a folder of your own"
        raise UsageError(f"{target}: {why}") from None
    return target, True


def chapter_of(course: Course, path: Path) -> Chapter:
    """The chapter that a notebook file belongs to, by its name or by the ids of its cells."""
    if path.suffix.lower() != ".ipynb" and path.exists():
        raise UsageError(f"{path}: {_no_notebook(path)}")
    cells = notebook.read(path).cells
    ids = [match[1] for cell in cells if (match := re.match(r"ch(\d\d)-", cell.id))]
    named = re.search(r"chapter(\d\d)", path.stem)
    have = course.chapters()
    if named and f"chapter{named[1]}" in have:
        if ids and named[1] not in ids and f"chapter{ids[0]}" in have:
            theirs = f"its cells are chapter{ids[0]}'s"
            raise UsageError(
                f"{path}: {theirs}, and its name is not: call it chapter{ids[0]}.ipynb"
            )
        return course.chapter(named[0])
    for number in ids:
        if f"chapter{number}" in have:
            return course.chapter(number)
    raise UsageError(f"{path}: cannot tell which chapter this is (its name has no chapterNN)")


def _no_notebook(path: Path) -> str:
    """What to do with a file that is not called .ipynb."""
    if path.is_dir():
        return "a folder, not a workbook: give the notebook in it"
    if path.name.lower().endswith((".ipynb.txt", ".ipynb.json", ".ipynb.html", ".ipynb.htm")):
        try:
            notebook.read(path)
        except notebook.NotebookError as error:
            return str(error).removeprefix(f"{path}: ")
        right = path.name[: path.name.lower().index(".ipynb")] + ".ipynb"
        return f"the browser or editor has given it a second ending: rename it to {right}"
    try:
        notebook.read(path)
    except notebook.NotebookError as error:
        return str(error).removeprefix(f"{path}: ")
    return "a workbook's name ends in .ipynb: rename it"
