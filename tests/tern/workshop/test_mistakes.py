"""The table of week 4: who notices which of a dozen mistakes."""

from __future__ import annotations

import pytest

from tern.workshop.mistakes import (
    MISTAKES,
    errors_in_python,
    errors_in_tern,
    static_checker,
    when_called,
    when_exported,
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_tern_reports_each_once(mistake) -> None:
    assert len(errors_in_tern(mistake)) == 1


SILENT = {
    "no return on one path", "sizes that may differ", "float and int", "axes kept or dropped",
    "the loss that learns nothing",
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_a_call_reports_what_its_own_sizes_show(mistake) -> None:
    pytest.importorskip("torch")
    ways = [("numpy", {}), ("torch", {}), ("torch", {"device": "meta"})]
    assert {bool(when_called(mistake, library, **given)) for library, given in ways} == {
        mistake.title not in SILENT
    }


def test_export_notices_what_was_equal_by_accident() -> None:
    pytest.importorskip("torch")
    said = {mistake.title: when_exported(mistake) for mistake in MISTAKES}
    assert "must always be equal" in said["sizes that may differ"]
    assert "must always be equal" in said["axes kept or dropped"]
    assert not said["the loss that learns nothing"]


def test_a_static_checker_knows_names_and_paths() -> None:
    tool = static_checker()
    if tool is None:
        pytest.skip("no static checker for Python here")
    assert errors_in_python(tool) == {mistake.title for mistake in MISTAKES[:3]}
