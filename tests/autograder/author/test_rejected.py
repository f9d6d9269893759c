"""What must hold of the files of rejected submissions: `autograder verify` judges them."""

from __future__ import annotations

import re

import pytest

from autograder.author import rejected
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
        assert one.source.startswith("# fails: "), one.path


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_file_belongs_to_an_exercise(chapter: Chapter) -> None:
    folder = COURSE.root / "tests" / "rejected" / chapter.name
    kept = {one.path for one in rejected.all_rejected(COURSE, chapter)}
    assert set(folder.rglob("*.py")) == kept
