"""Every rejected submission fails for its own reason, one test each.

Only those that fail a correctness test, or count as not started: `autograder verify` measures the
slow ones.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.author import verify
from autograder.course.layout import Chapter
from autograder.judge import judge
from autograder.report.results import ExerciseResult
from tests.autograder.workbooks import COURSE

CHAPTERS = [COURSE.chapter(name) for name in COURSE.chapters()]
ALL = [(chapter, one) for chapter in CHAPTERS for one in verify.all_rejected(COURSE, chapter)]


def named(kept: list[tuple[Chapter, verify.Rejected]]) -> dict:
    ids = [f"{chapter.name}-{one.exercise}-{one.path.stem}" for chapter, one in kept]
    return {"argnames": ("chapter", "one"), "argvalues": kept, "ids": ids}


def grade(folder: Path, chapter: Chapter, one: verify.Rejected) -> ExerciseResult:
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    path = folder / f"{chapter.name}.ipynb"
    path.write_text(json.dumps(verify.with_answer(chapter, data, one)), encoding="utf-8")
    return judge.grade(COURSE, chapter, path, [one.exercise], measure_speed=False).exercises[0]


@pytest.mark.parametrize(**named([kept for kept in ALL if kept[1].fails != "speed"]))
def test_is_rejected_for_its_own_reason(
    tmp_path: Path, chapter: Chapter, one: verify.Rejected
) -> None:
    result = grade(tmp_path, chapter, one)
    assert verify._rejection(result, one) == ""
    assert result.earned == 0


@pytest.mark.parametrize(
    ("chapter", "name"), [(chapter, e.name) for chapter in CHAPTERS for e in chapter.exercises]
)
def test_there_are_three_and_one_of_them_is_slow(chapter: Chapter, name: str) -> None:
    kept = verify.rejected(COURSE, chapter, chapter.exercise(name))
    assert len(kept) >= 3
    has_bar = f"{chapter.exercise(name).cell}-speed" in chapter.source.read_text(encoding="utf-8")
    assert any(one.fails == "speed" for one in kept) == has_bar
    assert any(one.fails == "tests" for one in kept)


@pytest.mark.parametrize(**named([kept for kept in ALL if kept[1].fails == "speed"]))
def test_a_slow_submission_is_correct(
    tmp_path: Path, chapter: Chapter, one: verify.Rejected
) -> None:
    """Otherwise its speed would never be measured."""
    assert grade(tmp_path, chapter, one).status == "correct"
