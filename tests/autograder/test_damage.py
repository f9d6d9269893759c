"""The whole way from a workbook's bytes to the report, with damage on it; benchmarks/ has more."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import damaged_workbooks


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SCRATCH_SECONDS", "GRACE", "ANSWER_SECONDS"):
        kept = getattr(damaged_workbooks.cells_of_the_judge, name)
        monkeypatch.setattr(damaged_workbooks.cells_of_the_judge, name, kept)
    monkeypatch.setattr(damaged_workbooks.check, "forall", damaged_workbooks.check.forall)
    damaged_workbooks.hurry()


@pytest.mark.parametrize("first", [0, 20, 40])
def test_a_damaged_workbook_is_judged_or_refused(
    first: int, tmp_path: Path, in_a_hurry: None
) -> None:
    assert damaged_workbooks.run(20, 0, first, tmp_path, tell=False) == []


@pytest.mark.parametrize("first", [0, 20])
def test_a_damaged_reply_costs_no_more_than_its_exercise(
    first: int, tmp_path: Path, in_a_hurry: None
) -> None:
    assert damaged_workbooks.run(0, 20, first, tmp_path, tell=False) == []
