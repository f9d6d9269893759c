"""A workbook with a cell in C++, from its release to the verdict on it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from autograder.author import bars, rejected
from autograder.check.cpp import compilers, headers, work
from autograder.course import notebook
from autograder.course.answers import Asked, find_answers
from autograder.course.layout import Chapter, Course
from autograder.judge import judge
from autograder.reader import reset
from autograder.report import html, text
from autograder.report.results import Report
from tests.autograder.check.cpp import course as courses
from tests.autograder.check.cpp import vectors
from tests.autograder.workbooks import ROOT
from tests.turns import tries

needs_compiler = pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here")
pytest.importorskip("nbgrader", reason="nbgrader is not installed (requirements.txt has it)")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Chapter]:
    return courses.make(tmp_path_factory.mktemp("course"))


@pytest.fixture(autouse=True)
def the_headers_of_the_course(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "folder", lambda: made[0].root / "headers")


def cells(path: Path) -> dict[str, str]:
    return {cell.id: cell.source for cell in notebook.read(path).cells}


def graded(made, folder: Path, source: str | None, speed: bool = False) -> Report:
    course, chapter = made
    data = json.loads(course.stub(chapter).read_text())
    path = courses.write(folder / "chapter07.ipynb", data, source)
    return judge.grade(course, chapter, path, measure_speed=speed)


# ---- release ------------------------------------------------------------------------------------


def test_the_solution_is_the_books_header_below_its_magic(made) -> None:
    source = cells(made[1].source)["ch07-small-vec"]
    assert source.startswith("%%cpp small_vec\n// SmallVec<T, N>")
    assert source.split("\n", 1)[1] == (vectors.HERE / "small_vec.hpp").read_text().rstrip("\n")


def test_the_workbook_has_a_stub_that_cpp_understands(made) -> None:
    course, chapter = made
    stub = cells(course.stub(chapter))["ch07-small-vec"]
    assert stub == notebook.stub_of(cells(chapter.source)["ch07-small-vec"])
    assert stub.endswith('#include <utility>\n\n// YOUR CODE HERE\n#error "not solved yet"')
    assert "class SmallVec" not in course.stub(chapter).read_text()
    assert "NotImplementedError" not in stub


@pytest.mark.skipif(not tries(0, long=1), reason="starts nbgrader and a kernel: --long")
@needs_compiler
def test_nbgrader_itself_releases_and_validates_it(made, tmp_path: Path) -> None:
    root = tmp_path / "course"
    shutil.copytree(made[0].root, root)
    shutil.rmtree(root / "exercises")
    told = nbgrader(root, "generate_assignment", courses.NAME, "--create")
    own, theirs = (one.stub(made[1]) for one in (made[0], Course(root)))
    assert theirs.exists(), told
    assert json.loads(theirs.read_text()) == json.loads(own.read_text())
    assert "not solved yet" in nbgrader(root, "validate", str(theirs))
    source = root / "solutions" / courses.NAME / f"{courses.NAME}.ipynb"
    text = re.sub(r"SEE\([^;]*;", ";", source.read_text())  # no book is there to compare with
    source.write_text(text.replace("n=4_000)", "n=4_000, returns=lambda _, n: n // 2 + n - 1)"))
    assert "Success! Your notebook passes all" in nbgrader(root, "validate", str(source))


def nbgrader(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "AUTOGRADER_SPEED": "off"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_cell_in_python_beside_it_keeps_its_own_stub() -> None:
    source = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    assert notebook.stub_of(source).endswith("    raise NotImplementedError()")


def test_the_bar_stands_in_the_statement(made) -> None:
    said = bars.sentences(cells(made[1].source)["ch07-small-vec-speed"])
    assert said == ["At most 60 instructions for each push_back on numbers, counted."]
    assert said[0] in made[1].source.read_text()


# ---- verdicts -----------------------------------------------------------------------------------


@needs_compiler
def test_the_solution_passes(made, tmp_path: Path) -> None:
    counted = work.cannot_count() is None
    source = cells(made[1].source)["ch07-small-vec"]
    (result,) = graded(made, tmp_path, source, speed=counted).exercises
    assert result.status == ("passed" if counted else "correct"), result


def test_the_stub_is_not_started(made, tmp_path: Path) -> None:
    (result,) = graded(made, tmp_path, None).exercises
    assert result.status == "not started"


@needs_compiler
def test_a_mistake_is_told_with_the_cells_line_and_the_report_on_demand(made, tmp_path) -> None:
    broken = vectors.mistaken(("std::size_t size_ = 0, capacity_ = N;", "nonsense;"))
    report = graded(made, tmp_path, f"%%cpp small_vec\n{broken.text}")
    (result,) = report.exercises
    (test, *_) = result.tests
    assert result.status == "failed" and test.message.startswith("line 13: ")
    assert ("at", "ch07-small-vec, line 13: nonsense;") in test.details
    short, full = shown(report, full=False), shown(report, full=True)
    assert "error:" not in short and "lines: autograder check --full shows them" in short
    assert "error:" in full
    assert "<details><summary>whole report</summary><pre>" in html.render(report)


def shown(report, full: bool) -> str:
    written = io.StringIO()
    text.render(report, Console(file=written, width=200), full=full)
    return written.getvalue()


@pytest.mark.parametrize(
    "source, says",
    [
        ("int x = 1;", "does not define|does not begin"),
        ("x = 1", "does not define|does not begin"),
        ("%%cpp small_vector\nint x;", "does not begin with %%cpp small_vec"),
    ],
)
def test_a_cell_without_its_magic_is_told(made, tmp_path: Path, source: str, says: str) -> None:
    report = graded(made, tmp_path, source)
    (result,) = report.exercises
    assert result.status == "failed" and re.search(says, result.tests[0].message)


# ---- where the cell has gone --------------------------------------------------------------------


def test_an_answer_is_found_in_a_cell_without_an_id(made, tmp_path: Path) -> None:
    data = json.loads(made[0].stub(made[1]).read_text())
    own = {"cell_type": "code", "metadata": {}, "source": "%%cpp small_vec\nint x;"}
    data["cells"].append(own | {"outputs": [], "execution_count": None})
    path = courses.write(tmp_path / "chapter07.ipynb", data, None)
    stub = notebook.stub_of(cells(made[1].source)["ch07-small-vec"])
    found, problems = find_answers(
        notebook.read(path), [Asked("ch07-small-vec", "small_vec", stub)]
    )
    assert found["ch07-small-vec"].source.endswith("int x;")
    assert problems and "found in cell 6" in problems[0]


def test_a_reset_brings_the_stub_back(made, tmp_path: Path) -> None:
    course, chapter = made
    data = json.loads(course.stub(chapter).read_text())
    path = courses.write(tmp_path / "chapter07.ipynb", data, "%%cpp small_vec\nint x;")
    reset.exercise(chapter, chapter.exercises[0], path)
    assert cells(path) == cells(course.stub(chapter))


# ---- rejected submissions -----------------------------------------------------------------------


def test_a_rejected_header_and_a_diff_become_cells(made, tmp_path: Path) -> None:
    book = cells(made[1].source)["ch07-small-vec"]
    header = tmp_path / "small-vec" / "growth.hpp"
    header.parent.mkdir()
    header.write_text("// fails: speed\n// says: instructions\nint x;\n")
    one = rejected.read(header)
    assert (one.fails, one.says) == ("speed", "instructions")
    answer = rejected.answer(one, book)
    assert answer == "%%cpp small_vec\n// fails: speed\n// says: instructions\nint x;\n"
    diff = header.with_suffix(".diff")
    diff.write_text(
        "# fails: speed\n# says: instructions\n@@\n"
        "-        T *larger = allocate(2 * capacity_);\n+        T *larger = allocate(capacity_);\n"
    )
    answer = rejected.answer(rejected.read(diff), book)
    assert answer.startswith("%%cpp small_vec\n") and "allocate(capacity_)" in answer
    assert "###" not in answer
