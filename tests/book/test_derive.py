"""What follows from the course's files is written by one command, and a chapter is its folder."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from book import derive
from book.ext import contents, course, syllabus
from book.ext.syllabus import CHAPTERS
from tests.book.courses import ROOT, write_chapter, write_course, write_notebook

SIX = tuple(CHAPTERS[number - 1] for number in (1, 3, 5, 13, 15, 17))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course of six chapters, as derived."""
    write_course(tmp_path, SIX)
    assert derive.main([str(tmp_path)]) == 0
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text(encoding="utf-8") for name in derive.DERIVED}


@pytest.mark.parametrize("module", [contents, course, syllabus])
def test_the_examples_in_the_docstrings_hold(module) -> None:
    assert doctest.testmod(module).failed == 0


def test_the_repository_is_as_derived(capsys) -> None:
    assert derive.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("chapter", course.present(ROOT), ids=lambda here: here.chapter.name)
def test_a_chapter_has_one_title(chapter: course.Here) -> None:
    """The syllabus's row: in the lesson's heading, the TOML file, and both workbooks."""
    name = chapter.chapter.name
    assert [line for line in course.problems(ROOT) if name in line] == []
    assert f"### {chapter.chapter.heading}\n" in (ROOT / "chapters/references.md").read_text()


def test_a_chapter_is_added_by_its_folder_alone(root: Path) -> None:
    before = texts(root)
    write_chapter(root, CHAPTERS[6])
    assert derive.main([str(root)]) == 0
    after = texts(root)
    toc = yaml.safe_load(after["_toc.yml"])
    phase = next(part for part in toc["parts"] if part["caption"] == "Phase I · Foundations")
    assert [each["file"][-2:] for each in phase["chapters"]] == ["01", "03", "05", "07"]
    assert [each["file"] for each in phase["chapters"][-1]["sections"]] == [
        "exercises/chapter07/chapter07",
        "solutions/chapter07/chapter07",
    ]
    assert "six of 28 chapters, with 12 exercises" in before["README.md"]
    assert "seven of 28 chapters, with 14 exercises" in after["README.md"]
    assert "· 5 *Designing an IR* · 7 *C++ for compiler engineers*\n" in after["README.md"]
    assert "The other 22 are" in before["README.md"] and "The other 21 are" in after["README.md"]
    assert before["chapters/references.md"] == after["chapters/references.md"]


def test_the_readme_of_the_last_chapters(tmp_path: Path) -> None:
    write_course(tmp_path, CHAPTERS[:-1])
    derive.main([str(tmp_path)])
    assert "27 of 28 chapters" in texts(tmp_path)["README.md"]
    assert "The last one is being written" in texts(tmp_path)["README.md"]
    write_chapter(tmp_path, CHAPTERS[-1])
    derive.main([str(tmp_path)])
    assert "all 28 chapters, with 56 exercises" in texts(tmp_path)["README.md"]
    assert "being written" not in texts(tmp_path)["README.md"]


def test_deriving_twice_changes_nothing(root: Path, capsys) -> None:
    once = texts(root)
    capsys.readouterr()
    assert derive.main([str(root)]) == 0 and texts(root) == once
    assert derive.main(["--check", str(root)]) == 0
    assert capsys.readouterr().out.count("six chapters here") == 2


def test_a_check_names_each_file_and_writes_nothing(root: Path, capsys) -> None:
    shutil.rmtree(root / "solutions" / "chapter03")
    (root / "chapters" / "chapter03.ipynb").unlink()
    references = root / "chapters" / "references.md"
    references.write_text(references.read_text().replace("### 3 · Parsing", "### 3 · Parsers"))
    before = texts(root)
    capsys.readouterr()
    assert derive.main(["--check", str(root)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{name}: out of date (python -m book.derive)" for name in derive.DERIVED]
    assert texts(root) == before


def test_a_chapter_without_all_its_files_is_left_out_and_named(root: Path, capsys) -> None:
    (root / "exercises/chapter13/chapter13.ipynb").unlink()
    capsys.readouterr()
    assert derive.main([str(root)]) == 1
    missing = "exercises/chapter13/chapter13.ipynb: missing, so chapter13 is not in the book"
    assert missing in capsys.readouterr().out.splitlines()
    assert "chapter13" not in texts(root)["_toc.yml"]


def test_a_title_that_differs_is_one_line(root: Path, capsys) -> None:
    path = root / "solutions/chapter17/chapter17.toml"
    path.write_text(path.read_text().replace("TVM scheduling", "Schedules in TVM"))
    write_notebook(root / "chapters/chapter05.ipynb", "# 5 · An IR")
    capsys.readouterr()
    assert derive.main(["--check", str(root)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "chapters/chapter05.ipynb: its title is '# 5 · An IR', "
        "the syllabus's '# 5 · Designing an IR'",
        "solutions/chapter17/chapter17.toml: its title is 'Schedules in TVM', "
        "the syllabus's 'TVM scheduling'",
    ]


def test_a_chapter_that_the_syllabus_does_not_have_is_one_line(root: Path, capsys) -> None:
    write_notebook(root / "chapters/chapter29.ipynb", "# 29 · More")
    assert derive.main(["--check", str(root)]) == 1
    assert (
        "chapter29: the syllabus (book/ext/syllabus.py) has no such row" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("README.md", "# A book\n", "no lines <!-- here --> and <!-- /here -->"),
        ("solutions/chapter05/chapter05.toml", "<<<<<<< HEAD\n", "has no title"),
        ("solutions/chapter05/chapter05.toml", 'title = "Designing an IR"', "as a chapter"),
        ("chapters/chapter05.ipynb", "{}", "has no title"),
        ("chapters/references.md", "### 29 · More\n", "there is no week 29"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_nothing_is_written(
    root: Path, capsys, name: str, text: str, says: str
) -> None:
    (root / name).write_text(text, encoding="utf-8")
    before = texts(root)
    capsys.readouterr()
    assert derive.main([str(root)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and name in told and says in told
    assert texts(root) == before


def test_every_page_is_in_one_of_the_lists() -> None:
    pages = {path.stem for path in ROOT.glob("chapters/*.md")}
    assert pages == {"intro", *derive.BEFORE, *derive.AFTER}


def test_the_command_runs_from_the_checkout() -> None:
    command = [sys.executable, "-m", "book.derive", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
