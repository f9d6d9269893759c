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
    "the text has 2,000,.* characters, more than": lambda func: emit_llvm(func) + "\n" * 2_000_000,
    "does not take the text: .*divide": lambda func: "define void @other() {\n  ret void\n}\n",
}
OTHER = "define i32 @other() {\n  ret i32 0\n}\n"
MORE = {  # what a text of arithmetic does not need, though the function in it is right
    "defines more than @divide: @other": lambda text: f"{OTHER}\n{text}",
    "uses @getpid": lambda text: text.replace("{\n", "{\n  %p = call i32 @getpid()\n", 1),
    "uses @system": lambda text: f"declare i32 @system(ptr)\n{text}",
    "has a variable, @llvm.used": lambda text: f"@llvm.used = global i32 0\n{text}",
    "has assembly in it": lambda text: f'module asm "nop"\n{text}',
    "calls what an address says: call void %p": lambda text: text.replace(
        "{\n", "{\n  %p = inttoptr i64 8 to ptr\n  call void %p()\n", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("says", MORE)
def test_a_text_that_does_more(says: str) -> None:
    with pytest.raises(check.CheckFailed, match=f"does not take the text: .*{says}"):
        check.computes(lambda func: MORE[says](emit_llvm(func)), on=divide)


def test_what_is_only_named_so_is_right() -> None:
    """In comments, and of values and labels."""
    named = changed("entry:\n", "entry: ; call @system, asm\n  %asm = add i32 1, 2\n")
    check.computes(named, on=divide)


DOWN = """func.func @down(%n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %more = arith.cmpi sgt, %n, %zero : i32
  cf.cond_br %more, ^bb1, ^bb2
^bb1:
  %one = arith.constant 1 : i32
  %less = arith.subi %n, %one : i32
  %rest = func.call @down(%less) : (i32) -> i32
  %sum = arith.addi %rest, %n : i32
  return %sum : i32
^bb2:
  return %zero : i32
}"""


def test_a_function_that_calls_itself() -> None:
    def down(rng: random.Random) -> tuple[Any, list[list[int]]]:
        return functions(parse(DOWN))[0], [[0], [5], [100]]

    check.computes(emit_llvm, on=down)
    with pytest.raises(check.CheckFailed, match=r"expected: \[15\]"):
        check.computes(changed("add i32 %rest, %n", "add i32 %rest, %less"), on=down)


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


# ---- what is timed ------------------------------------------------------------------------------


def emitted(emit: Any, count: int = 20) -> check.emitting:
    """What a check of speed would have asked and heard."""
    heard: list[str] = []
    timed = check.emitting(emit, lambda actual, expected: heard.append(actual))
    for number in range(count):
        func = divide(random.Random(number))[0].clone()
        timed.asked((func,))
        timed(emit(func), emit_llvm(func))
    assert len(heard) == count
    return timed


def some_calls(rng: random.Random, func: Any) -> Any:
    return func, divide(rng)[1]


def test_what_is_timed_is_right() -> None:
    timed = emitted(changed("%q", "%quotient"))
    check.computes_as_timed(timed, on=some_calls)
    assert len(timed.kept) == timed.KEPT
    check.computes_as_timed(emitted(emit_llvm, 0), on=some_calls)  # always the book's own text


@pytest.mark.parametrize("says", WRONG)
def test_what_is_timed_is_wrong(says: str) -> None:
    with pytest.raises(check.CheckFailed, match=says):
        check.computes_as_timed(emitted(WRONG[says]), on=some_calls)
