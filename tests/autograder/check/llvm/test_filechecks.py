"""A test for FileCheck is judged by what it passes, and what it finds."""

from __future__ import annotations

import pytest

from autograder import check
from autograder.check.llvm import filechecks
from tern.workshop.llvm.strength_test import strength_test

pytest.importorskip("filecheck")


def test_the_books_own() -> None:
    check.filechecks(strength_test)
    check.finds_bugs(strength_test, within=1)


BOOK = strength_test()
SUMS = [line for line in BOOK.splitlines() if "[[NEXT]] = " in line or "[[MORE]] = " in line]
IN_ORDER = BOOK.replace("\n".join(SUMS[-2:]) + "\n", "").replace(
    "; CHECK-DAG:   %[[C:", "\n".join([*SUMS[-2:], "; CHECK-DAG:   %[[C:"])
)
WRONG = {
    "fails for what is right: the pass's own output\n": "",
    "(?s)fails for what is right: .*, and other names": """
; CHECK: %x = phi i64 [ 0, %entry ], [ %x.next, %loop ]
; CHECK-NOT: mul
; CHECK: br i1""",
    "passes for a pass that leaves": "; CHECK: {{.*}}",
    "passes for a pass that starts with 12": "\n".join(
        ["; CHECK: phi", "; CHECK-NOT: mul", "; CHECK: br i1"]
    ),
    "another order": IN_ORDER.replace("CHECK-DAG", "CHECK"),
    "with attributes": BOOK.replace("{{(,|$)}}", "{{$}}"),
    "expected the test as a text, got a list": ["; CHECK: x"],
    "are enough": "; CHECK: x\n" * 5000,
    "does not want to be a regular": "; CHECK: {{(}}",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong(words: str) -> None:
    with pytest.raises(check.CheckFailed) as failed:
        check.filechecks(lambda: WRONG[words])
    if not words.startswith("does not want"):
        failed.match(words)


def test_a_pattern_without_end_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(filechecks, "SECONDS", 1.0)
    hostile = "; CHECK: {{(([^ ]| )+)+}}!!"
    with pytest.raises(check.CheckFailed, match="does not come to an end"):
        check.filechecks(lambda: hostile)


def test_a_test_that_finds_little() -> None:
    loose = BOOK.replace(", 12{{(,|$)}}", ", {{[0-9]+}}").replace("{{ (mul|shl) }}", " mul ")
    with pytest.raises(check.CheckFailed, match="bugs left"):
        check.finds_bugs(lambda: loose, within=1)
    check.finds_bugs(lambda: loose, within=4)
