"""A text of LLVM IR is right if its machine code computes what the interpreter does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from autograder import check
from tern.ir import functions, parse

pytest.importorskip("llvmlite")

from tern.targets.llvm import emit_llvm

DIVIDE = """func.func @divide(%a: i32, %b: i32) -> i32 {
  %q = arith.divsi %a, %b : i32
  return %q : i32
}"""
FOREVER = "define i32 @divide(i32 %a, i32 %b, ptr %f) {\n  br label %x\nx:\n  br label %x\n}\n"


def divide(rng: random.Random) -> tuple[Any, list[list[int]]]:
    (func,) = functions(parse(DIVIDE))
    return func, [[7, -2], [1, 0], [-(2**31), -1], [rng.randrange(99), 5]]


def test_a_right_text() -> None:
    check.computes(emit_llvm, on=divide, examples=2)


def changed(old: str, new: str) -> Any:
    def emit(func: Any) -> str:
        text = emit_llvm(func)
        assert old in text
        return text.replace(old, new)

    return emit


WRONG = {
    "computes something else": changed("sdiv", "udiv"),
    "LLVM does not take the text: LLVM IR parsing error": changed("sdiv", "div"),
    "or never ends: the process ended early .signal": changed("br i1 %fails", "br i1 false"),
    "expected LLVM IR as a text, got None": lambda func: None,
    "does not take the text: .*divide": lambda func: "define void @other() {\n  ret void\n}\n",
}


@pytest.mark.parametrize("says", WRONG)
def test_a_wrong_text(says: str) -> None:
    with pytest.raises(check.CheckFailed, match=says):
        check.computes(WRONG[says], on=divide)


def test_an_error_in_other_words_is_another_result() -> None:
    """A failure that is not noted is a number."""
    unnoted = changed("store i64 2, ptr %failure", "store i64 0, ptr %failure")
    with pytest.raises(check.CheckFailed, match="computes something else"):
        check.computes(unnoted, on=divide)


def test_a_text_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.check.llvm import apart

    monkeypatch.setattr(apart, "SECONDS", 3.0)
    with pytest.raises(check.CheckFailed, match="never ends: it was still running after 3 s"):
        check.computes(lambda func: FOREVER, on=divide)
