"""Makes workbooks for tests: solved, unsolved, cheating and damaged, and has them graded."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

from autograder.course.layout import Chapter, Course
from autograder.judge import judge
from autograder.report.results import ExerciseResult, Report

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
# Chapter 05's three smallest exercises to check, which the tests attack, solve and break.
CFG, DOMINATORS, FRONTIERS = "control-flow-graph", "dominators", "frontiers"


@cache
def chapter() -> Chapter:
    return COURSE.chapter("chapter05")


@cache
def _text(kind: str) -> str:
    path = chapter().source if kind == "solutions" else COURSE.stub(chapter())
    return path.read_text(encoding="utf-8")


def solved() -> dict:
    """The source notebook: every exercise solved."""
    return json.loads(_text("solutions"))


def unsolved() -> dict:
    """The workbook as a reader gets it."""
    return json.loads(_text("exercises"))


def identity(cell: dict) -> str:
    """A cell's nbgrader id, empty if it has none."""
    metadata = cell.get("metadata")
    info = metadata.get("nbgrader", {}) if isinstance(metadata, dict) else {}
    return info.get("grade_id", "")


def cell(data: dict, name: str) -> dict:
    """The cell with the id `name`, or the solution cell of the exercise `name`."""
    ids = [name, *(e.cell for e in chapter().exercises if e.name == name)]
    return next(one for one in data["cells"] if identity(one) in ids)


def book_answer(exercise: str) -> str:
    return "".join(cell(solved(), exercise)["source"])


def workbook(answers: dict[str, str] | None = None, solve: tuple[str, ...] = ()) -> dict:
    """The reader's workbook with these solution cells, and the book's answers to `solve`."""
    data = unsolved()
    for exercise in solve:
        cell(data, exercise)["source"] = book_answer(exercise)
    for exercise, source in (answers or {}).items():
        cell(data, exercise)["source"] = textwrap.dedent(source)
    return data


def code_cell(source: str) -> dict:
    """A cell that the reader added."""
    return {
        "cell_type": "code",
        "id": "added",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": textwrap.dedent(source),
    }


def write(folder: Path, data: dict) -> Path:
    path = folder / "chapter05.ipynb"
    path.write_text(json.dumps(copy.deepcopy(data)), encoding="utf-8")
    return path


def grade(path: Path, *only: str) -> Report:
    """Judge these exercises in this process, correctness only."""
    return judge.grade(COURSE, chapter(), path, list(only) or None, measure_speed=False)


def graded(folder: Path, data: dict, *only: str) -> dict[str, ExerciseResult]:
    report = grade(write(folder, data), *only)
    return {result.name: result for result in report.exercises}


def said(result: ExerciseResult) -> str:
    """Everything that the report says about an exercise, without what the code printed."""
    return "\n".join(
        "\n".join([test.message, *(f"{label}: {text}" for label, text in test.details)])
        for test in result.tests
    )


def course_in(folder: Path) -> Path:
    """Make `folder` a checkout of the course, so that progress is kept there and not in ours."""
    if not (folder / "_toc.yml").exists():
        shutil.copy(ROOT / "_toc.yml", folder)
        for name in ("solutions", "exercises"):
            shutil.copytree(ROOT / name, folder / name)
    return folder


def autograder(
    *arguments: str | Path, cwd: Path, seconds: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own, in the folder `cwd`, made a course first."""
    course_in(cwd)
    return subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
