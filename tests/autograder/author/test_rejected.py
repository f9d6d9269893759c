"""What must hold of the files of rejected submissions: `autograder verify` judges them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from autograder.author import bars, rejected
from autograder.course.layout import Chapter
from tests.autograder.workbooks import COURSE

CHAPTERS = [COURSE.chapter(name) for name in COURSE.chapters()]
EXERCISES = [(chapter, exercise.name) for chapter in CHAPTERS for exercise in chapter.exercises]


@pytest.mark.parametrize(("chapter", "name"), EXERCISES)
def test_there_are_three_and_one_of_them_is_slow(chapter: Chapter, name: str) -> None:
    kept = rejected.rejected(COURSE, chapter, chapter.exercise(name))
    assert len(kept) >= rejected.AT_LEAST
    has_bar = f"{chapter.exercise(name).cell}-speed" in chapter.source.read_text(encoding="utf-8")
    assert any(one.fails == "speed" for one in kept) == has_bar
    assert any(one.fails == "tests" for one in kept)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_they_say_what_a_message_can_be_searched_for(chapter: Chapter) -> None:
    for one in rejected.all_rejected(COURSE, chapter):
        assert re.compile(one.says)
        assert one.source.startswith(("# fails: ", "// fails: ")), one.path


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_what_only_cachegrind_can_tell_says_so(chapter: Chapter) -> None:
    for one in rejected.all_rejected(COURSE, chapter):
        assert (one.needs == "valgrind") == ("cache misses" in one.says), one.path


@pytest.mark.parametrize(("chapter", "name"), EXERCISES)
def test_a_bar_that_one_is_to_miss_is_a_bar_of_its_exercise(chapter: Chapter, name: str) -> None:
    exercise = chapter.exercise(name)
    notebook = json.loads(chapter.source.read_text(encoding="utf-8"))
    source = "".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{exercise.cell}-speed"
    )
    told = " ".join(bars.sentences(source))
    for one in rejected.rejected(COURSE, chapter, exercise):
        for number in re.findall(r"\bbar (\d+(?:\.\d+)?)", one.says):
            assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d,]|\.\d)", told), one.path


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_file_belongs_to_an_exercise(chapter: Chapter) -> None:
    folder = COURSE.root / "tests" / "rejected" / chapter.name
    kept = {one.path for one in rejected.all_rejected(COURSE, chapter)}
    assert {path for path in folder.rglob("*") if path.is_file()} == kept


BOOK = (
    "def f():\n    ### BEGIN SOLUTION\n    a = 1\n    b = 1\n\n    return a\n    ### END SOLUTION\n"
)


def as_diff(tmp_path: Path, hunks: str) -> rejected.Rejected:
    path = tmp_path / "wrong.diff"
    path.write_text(f"# fails: tests\n# says: x\n{hunks}", encoding="utf-8")
    return rejected.read(path)


def test_a_diff_changes_the_books_answer(tmp_path: Path) -> None:
    one = as_diff(tmp_path, "@@\n def f():\n-    a = 1\n+    a = 2\n@@\n \n     return a\n+    c\n")
    assert rejected.answer(one, BOOK) == "def f():\n    a = 2\n    b = 1\n\n    return a\n    c\n"


@pytest.mark.parametrize("hunk", ["-    c = 1\n", "-    a = 1\n     return a\n", "+    c = 1\n"])
def test_a_diff_of_another_text_is_refused(tmp_path: Path, hunk: str) -> None:
    one = as_diff(tmp_path, f"@@\n{hunk}")
    with pytest.raises(ValueError, match=r"wrong.diff: \d+ places in the book's answer"):
        rejected.answer(one, BOOK)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_diff_fits_the_books_answer(chapter: Chapter) -> None:
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    for one in rejected.all_rejected(COURSE, chapter):
        rejected.with_answer(chapter, data, one)
