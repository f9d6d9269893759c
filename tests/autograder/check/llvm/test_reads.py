"""Of a function that says what LLVM IR does, the check finds each rule that it lacks."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from autograder import check
from autograder.check.llvm.puzzles import PUZZLES
from tern.workshop.llvm import blocks, running
from tern.workshop.llvm.verdict import verdict

module = sys.modules["tern.workshop.llvm.verdict"]


def test_the_books_own() -> None:
    check.reads_ir(verdict, examples=60)
    check.reads_ir(verdict, on=[(PUZZLES[0].ir, [1, 2], "3", "it adds")])


def without(*rules: str) -> Any:
    """One that does not know some flags."""

    def tells(ir: str, arguments: Any) -> str:
        return verdict(re.sub(rf"\b(?:{'|'.join(rules)})\b ?", "", ir), arguments)

    return tells


def never(kind: str, instead: str) -> Any:
    def tells(ir: str, arguments: Any) -> str:
        return instead if (told := verdict(ir, arguments)) == kind else told

    return tells


WRONG = {
    "expected: 'poison'": without("nsw"),
    "every flag": without("nuw", "exact", "disjoint", "nneg", "samesign"),
    "got: None": lambda ir, arguments: None,
    "got: -128": lambda ir, arguments: (
        int(told) if (told := verdict(ir, arguments)).lstrip("-").isdigit() else told
    ),
    "expected: 'undefined behavior'": never("undefined behavior", "poison"),
    "expected: 'any'": never("any", "0"),
    "is noalias, and what is written through it": without("noalias"),
    "two past the end is out of bounds": without("inbounds"),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong(words: str) -> None:
    with pytest.raises(check.CheckFailed) as failed:
        check.reads_ir(WRONG[words], examples=300)
    told = str(failed.value)
    assert "the program does something else" in told and "program: define" in told
    assert words in told or words == "every flag"


def test_the_puzzles_alone_find_rules_that_are_missing(monkeypatch) -> None:
    """Of select, freeze, phis, blocks that are gone, and choices."""
    broken = [
        (module, "every_choice", lambda run: {run(lambda bits: 0)}),
        (blocks.Memory, "free", lambda self, pointer: None),
        (running.Run, "target", lambda self, branch, frame: branch.operands[-1].text),
    ]
    for where, name, instead in broken:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, instead)
            with pytest.raises(check.CheckFailed, match="does something else"):
                check.reads_ir(verdict)
    check.reads_ir(verdict)


def test_the_shortest_wrong_program_is_shown() -> None:
    wrong = without("exact")
    with pytest.raises(check.CheckFailed) as failed:
        check.reads_ir(wrong, on=[], examples=300)
    assert len(str(failed.value)) < 1200 and "seed" in str(failed.value)
