"""What stands beside the exercises: hints whose code is Python, and TOML in one style."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import pytest

from autograder import cli
from autograder.author import hints
from autograder.course.layout import Chapter, Course, Exercise
from tests.autograder.workbooks import COURSE, ROOT

CHAPTERS = [COURSE.chapter(name) for name in COURSE.chapters()]
EXERCISES = [exercise for chapter in CHAPTERS for exercise in chapter.exercises]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.cell)
def test_hints_and_explanation_are_complete_and_their_code_is_python(exercise: Exercise) -> None:
    assert list(hints.problems(exercise)) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_nothing_else_stands_beside_the_exercises(chapter: Chapter) -> None:
    hints.check_sources(chapter)


# ---- code ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("    x = 1\n", ["x = 1\n"]),
        ("\nWords:\n\n    if x:\n\n        y\n\nMore.\n", ["if x:\n\n    y\n"]),
        ("Words\n    that go on\n", []),
        ("```python\nx = 1\n```\n", ["x = 1\n"]),
        ("```\nx = 1\n```\n\n    y\n", ["x = 1\n", "y\n"]),
        ("```mlir\n%0 = arith.addi %1, %2 : i32\n```\n", []),
    ],
)
def test_the_code_in_a_text(text: str, code: list[str]) -> None:
    assert [block.rstrip("\n") for block in hints.code_in(text)] == [c.rstrip("\n") for c in code]


@pytest.mark.parametrize(
    "code",
    [
        "x = 1",
        "return x",
        "else:\n    pass",
        "elif x:\n    pass\nelse:\n    pass",
        "except ValueError:\n    pass",
        "case Binary(operator):\n    return operator",
        "for x in y:\n    ...  # what it does\nreturn z",
        "yield x",
    ],
)
def test_a_fragment_is_python_where_something_around_it_makes_it_so(code: str) -> None:
    assert hints.misspelled(code) == ""


@pytest.mark.parametrize("code", ["... load it", "x = = 1", "case x:\nelse:", "a b", "…"])
def test_what_is_no_python_is_found(code: str) -> None:
    assert hints.misspelled(code) != ""


# ---- what stops an author -----------------------------------------------------------------------


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name / "chapter05", tmp_path / name / "chapter05")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "solutions" / "chapter05"


def stopped(capsys: pytest.CaptureFixture[str], command: str) -> str:
    assert cli.main([command, "chapter05"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.mark.parametrize("command", ["release", "verify"])
def test_a_stray_file_stops_the_author(
    course: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "notes.txt").write_text("todo")
    assert "notes.txt: belongs to no exercise: remove it" in stopped(capsys, command)


@pytest.mark.parametrize("command", ["release", "verify"])
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (r'hints = \[\n    """.*?"""', 'hints = [\n    """\n"""', "hint 1 is empty: write it"),
        (r'hints = \[\n    """.*?""",', "hints = [", "has 2 hints: write 3"),
        (r'explanation = """.*?"""', 'explanation = ""', "the explanation is empty: write it"),
        (r"number = {block: i for", "number = {block: i four", "the code in hint 3 is no Python"),
        (r"minutes = 30", 'minutes = 30\nbar = "3"', "has an unknown key 'bar'"),
        (r"minutes = 30\n", "", "lacks the key 'minutes'"),
    ],
)
def test_what_is_written_badly_stops_the_author(
    course: Path, command: str, old: str, new: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = course / "chapter05.toml"
    text, changed = re.subn(old, new, path.read_text(encoding="utf-8"), count=1, flags=re.S)
    assert changed
    path.write_text(text, encoding="utf-8")
    told = stopped(capsys, command)
    assert says in told and "control-flow-graph" in told


def test_folders_of_tools_are_no_strays(course: Path) -> None:
    (course / ".ipynb_checkpoints").mkdir()
    (course / "__pycache__").mkdir()
    hints.check_sources(Course(course.parents[1]).chapter("chapter05"))


# ---- TOML in one style --------------------------------------------------------------------------

KEYS = [field.name for field in dataclasses.fields(Exercise)]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_toml_is_in_one_style(chapter: Chapter) -> None:
    text = (chapter.folder / f"{chapter.name}.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert [line for line in lines if len(line) > 120 or line != line.rstrip()] == []
    assert text.endswith("\n") and "\n\n\n" not in text and "\t" not in text and "'''" not in text
    head, *exercises = text.split("\n[[exercise]]\n")
    assert keys(head) == sorted(
        keys(head), key=["title", "native", "warm", "preload", "limits"].index
    )
    for one in exercises:
        assert keys(one) == sorted(keys(one), key=KEYS.index)


def keys(text: str) -> list[str]:
    """The keys of a table, in order; what stands inside a text is none."""
    outside = re.sub(r'""".*?"""', '""', text, flags=re.S)
    return re.findall(r"^(\w+) = ", outside, re.M)
