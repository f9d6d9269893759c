"""Every rejected submission fails for its own reason, one test each.

Only those that fail a correctness test, or count as not started: `autograder verify` measures the
slow ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import verify
from tests.autograder.workbooks import COURSE, chapter, grade, solved, write

ALL = [one for name in COURSE.chapters() for one in verify.all_rejected(COURSE, COURSE.chapter(name))]
CORRECTNESS = [one for one in ALL if one.fails != "speed"]


@pytest.mark.parametrize("one", CORRECTNESS, ids=lambda one: f"{one.exercise}-{one.path.stem}")
def test_is_rejected_for_its_own_reason(tmp_path: Path, one: verify.Rejected) -> None:
    report = grade(write(tmp_path, verify.with_answer(chapter(), solved(), one)), one.exercise)
    result = report.exercises[0]
    assert verify._rejection(result, one) == ""
    assert result.earned == 0


@pytest.mark.parametrize("name", [exercise.name for exercise in chapter().exercises])
def test_there_are_three_and_one_of_them_is_slow(name: str) -> None:
    kept = [one for one in ALL if one.exercise == name]
    assert len(kept) >= 3
    assert any(one.fails == "speed" for one in kept)
    assert any(one.fails == "tests" for one in kept)


@pytest.mark.parametrize("one", [one for one in ALL if one.fails == "speed"], ids=lambda one: one.path.stem)
def test_a_slow_submission_is_correct(tmp_path: Path, one: verify.Rejected) -> None:
    """Otherwise its speed would never be measured."""
    report = grade(write(tmp_path, verify.with_answer(chapter(), solved(), one)), one.exercise)
    assert report.exercises[0].status == "correct"
