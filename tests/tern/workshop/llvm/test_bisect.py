"""The pipeline cut off after some passes, and the pass that makes a program wrong."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("llvmlite")

from tern.workshop.llvm.bisect import PassRun, culprit, nested, stopped

TEXT = """\
define i32 @f(i32 %x) {
  %a = alloca i32
  store i32 %x, ptr %a
  %b = load i32, ptr %a
  %c = mul i32 %b, 8
  ret i32 %c
}
"""


def test_a_limit_of_nothing_leaves_the_program() -> None:
    text, runs = stopped(TEXT, 0)
    assert "alloca" in text and "mul i32" in text
    assert runs and not any(run.ran for run in runs)


def test_without_a_limit_every_pass_runs_and_is_numbered() -> None:
    text, runs = stopped(TEXT)
    assert "alloca" not in text and "shl" in text
    assert [run.number for run in runs] == list(range(1, len(runs) + 1))
    assert all(run.ran for run in runs)
    assert {"[module]", "f"} <= {run.on for run in runs}


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_as_many_passes_run_as_the_limit_says(limit: int) -> None:
    _, runs = stopped(TEXT, limit)
    assert sum(run.ran for run in runs) == limit


@pytest.mark.parametrize(("word", "passes"), [("alloca", "sroa|mem2reg"), ("mul", "instcombine")])
def test_the_culprit_is_the_pass_that_took_a_word_away(word: str, passes: str) -> None:
    found = culprit(TEXT, lambda text: word in text)
    assert re.search(passes, re.sub(r"(?<=[a-z])(?=[A-Z])", "", found.run.name).lower())
    assert word in found.before and word not in found.after
    assert found.tried <= 12


def test_a_culprit_tells_what_it_changed() -> None:
    changes = culprit(TEXT, lambda text: "mul" in text).changes()
    assert re.search(r"^-.*mul i32", changes, re.M) and re.search(r"^\+.*shl", changes, re.M)


def test_runs_are_nested_by_what_they_are_on() -> None:
    on = ["[module]", "(f)", "g", "loop %a in function f", "what nobody knows"]
    rows, numbers = nested([PassRun(1, "p", each, True) for each in on], ["f", "g"])
    assert [rows[number] for number in numbers] == [
        ("[module]", 0),
        ("(f)", 1),
        ("g", 2),
        ("loops in f", 3),
        ("[module]", 0),
    ]


def test_what_is_right_or_wrong_throughout_has_no_culprit() -> None:
    with pytest.raises(ValueError, match="right with every pass"):
        culprit(TEXT, lambda text: "@f" in text)
    with pytest.raises(ValueError, match="before any pass"):
        culprit(TEXT, lambda text: "@g" in text)
    with pytest.raises(ValueError, match="expected"):
        stopped("define i32 @f(")
