"""The repository is an nbgrader course: the real nbgrader releases, validates and grades it.

Speed is switched off (AUTOGRADER_SPEED=off): a speed cell only checks one result then, so that
`autograde` gives the solution full marks, and the machine's noise decides nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.autograder.workbooks import ROOT, chapter, course_in

pytest.importorskip("nbgrader", reason="nbgrader is not installed (requirements.txt has it)")
SOLVED, UNSOLVED = "ada", "charles"
# nbgrader starts `alembic` by name, also where the virtual environment is not activated.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
ENVIRONMENT = {**os.environ, "AUTOGRADER_SPEED": "off", "PYTHONPATH": str(ROOT), "PATH": PATH}


def nbgrader(course: Path, *arguments: str) -> str:
    """Run nbgrader in the course; what it printed. It may exit with 0 on a failure: read it."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course whose workbook nbgrader has generated, not release.py."""
    folder = course_in(tmp_path_factory.mktemp("course"))
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.rmtree(folder / "exercises")
    told = nbgrader(folder, "generate_assignment", "chapter05", "--create")
    assert workbook(folder).exists(), told
    return folder


def workbook(course: Path) -> Path:
    return course / "exercises" / "chapter05" / "chapter05.ipynb"


def test_generate_assignment_makes_the_workbook_that_is_committed(course: Path) -> None:
    made = json.loads(workbook(course).read_text(encoding="utf-8"))
    committed = json.loads(workbook(ROOT).read_text(encoding="utf-8"))
    assert made == committed
    assert [path.name for path in workbook(course).parent.iterdir()] == ["chapter05.ipynb"]


def test_nothing_of_the_answers_is_left_in_the_workbook(course: Path) -> None:
    text = workbook(course).read_text(encoding="utf-8")
    assert "BEGIN" not in text
    assert text.count("raise NotImplementedError()") >= len(chapter().exercises)


@pytest.mark.rotates(2)
def test_validate_fails_on_the_workbook(course: Path) -> None:
    told = nbgrader(course, "validate", str(workbook(course)))
    assert "FAILED" in told
    assert "NotImplementedError" in told
    assert "Success" not in told


@pytest.mark.rotates(2)
def test_validate_succeeds_on_the_solution(course: Path) -> None:
    told = nbgrader(course, "validate", str(course / "solutions/chapter05/chapter05.ipynb"))
    assert "Success! Your notebook passes all the tests." in told


@pytest.fixture(scope="module")
def gradebook(course: Path) -> Path:
    """The gradebook after grading one student's solution and another's untouched workbook."""
    for student, notebook in ((SOLVED, chapter().source), (UNSOLVED, workbook(course))):
        folder = course / "submitted" / student / "chapter05"
        folder.mkdir(parents=True)
        shutil.copy(notebook, folder / "chapter05.ipynb")
    told = nbgrader(course, "autograde", "chapter05", "--create")
    assert (course / "autograded" / SOLVED / "chapter05").exists(), told
    return course / "gradebook.db"


@pytest.mark.rotates(2)
@pytest.mark.parametrize("student", [SOLVED, UNSOLVED])
def test_autograde_gives_full_marks_to_the_solution_and_none_to_the_workbook(
    gradebook: Path, student: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", PATH)
    with Gradebook(f"sqlite:///{gradebook}") as book:
        submission = book.find_submission("chapter05", student)
        possible = sum(
            grade.max_score_gradecell
            for notebook in submission.notebooks
            for grade in notebook.grades
        )
        assert submission.max_score == possible > 0
        assert submission.score == (possible if student == SOLVED else 0)
        assert submission.needs_manual_grade is False
