"""Attributes that all calls prove: running the module never contradicts them."""

import random
import re

import pytest

from autograder.check.llvm.promises import promised
from tern.workshop.llvm.annotate import annotate
from tern.workshop.llvm.kernels import random_module
from tern.workshop.llvm.verdict import verdict
from tests.turns import tries

KERNEL = """\
define internal void @copy(ptr %x, ptr %y) noinline {
  %v = load i32, ptr %x
  store i32 %v, ptr %y
  ret void
}
"""
BUFFERS = "  %a = alloca [8 x i32], align 32\n  %b = alloca [8 x i32], align 16\n"


def main(*lines: str) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"define void @main(ptr %given, ptr noalias %own) {{\n{BUFFERS}{body}\n  ret void\n}}\n"


CALLS = {
    "two allocas": (["call void @copy(ptr %a, ptr %b)"], (True, 32), (True, 16)),
    "one twice": (["call void @copy(ptr %a, ptr %a)"], (False, 32), (False, 32)),
    "one call of two": (
        ["call void @copy(ptr %a, ptr %b)", "call void @copy(ptr %b, ptr %b)"],
        (False, 16), (False, 16),
    ),
    "both parts of one": (
        ["%c = getelementptr i32, ptr %a, i64 4", "call void @copy(ptr %a, ptr %c)"],
        (False, 32), (False, 16),
    ),
    "a part of another": (
        ["%c = getelementptr i32, ptr %a, i64 -3", "call void @copy(ptr %c, ptr %b)"],
        (True, 4), (True, 16),
    ),
    "an element of an array": (
        ["%c = getelementptr [8 x i32], ptr %a, i64 0, i64 2", "call void @copy(ptr %c, ptr %b)"],
        (True, 8), (True, 16),
    ),
    "what somebody gave, and an alloca": (
        ["call void @copy(ptr %given, ptr %b)"], (True, 0), (True, 16),
    ),
    "what somebody gave, and what is noalias": (
        ["call void @copy(ptr %given, ptr %own)"], (True, 0), (True, 0),
    ),
    "what a call gave": (
        ["%c = call ptr @other(ptr %b)", "call void @copy(ptr %c, ptr %a)"], (False, 0),
        (False, 32),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_calls_prove(name: str) -> None:
    lines, first, second = CALLS[name]
    text = f"{KERNEL}declare ptr @other(ptr)\n{main(*lines)}"
    found = promised(annotate(text))
    assert [tuple(found["copy", each]) for each in ("%x", "%y")] == [first, second]


def test_functions_that_read_alone_may_be_given_the_same_twice() -> None:
    reading = KERNEL.replace("store i32 %v, ptr %y", "%w = load i32, ptr %y")
    found = promised(annotate(reading + main("call void @copy(ptr %a, ptr %a)")))
    assert all(each.noalias for each in found.values())


def test_it_goes_through_calls() -> None:
    """What is written by a callee counts, and so does what a caller's own callers pass."""
    between = KERNEL.replace("@copy", "@middle").replace(
        "  %v = load i32, ptr %x\n  store i32 %v, ptr %y\n", "  call void @copy(ptr %y, ptr %x)\n"
    )
    for given, apart in (("%a, ptr %b", True), ("%b, ptr %b", False)):
        text = between + main(f"call void @middle(ptr {given})") + KERNEL
        assert {each.noalias for each in promised(annotate(text)).values()} == {apart}


def test_running_contradicts_nothing_that_is_promised() -> None:
    """The evaluator watches every access for what noalias says."""
    seed = random.randrange(1 << 30)
    for number in range(tries(7, long=400)):
        module = random_module(random.Random(seed + number))
        text = annotate(module)
        told = [verdict(module, [n]) for n in (1, 5)]
        assert told == [verdict(text, [n]) for n in (1, 5)], seed + number
        plain = [re.sub(r"(?<=ptr )(?:noalias |align \d+ )*", "", each) for each in (text, module)]
        assert plain[0] == plain[1]


def test_running_contradicts_some_of_what_is_promised_blindly() -> None:
    caught = 0
    for seed in range(12):
        module = random_module(random.Random(seed))
        head = re.compile(r"^define internal void .*", re.MULTILINE)
        text = head.sub(lambda found: found[0].replace("ptr ", "ptr noalias "), module)
        caught += verdict(text, [5]) == "undefined behavior"
    assert caught >= 3
