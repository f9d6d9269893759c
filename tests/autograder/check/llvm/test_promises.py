"""Attributes that are added to LLVM IR have to be true, and all that can be proven."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from autograder import check
from autograder.check.llvm.vectors_job import perform
from tern.workshop.llvm.annotate import annotate
from tern.workshop.llvm.kernels import random_module

pytest.importorskip("llvmlite")

TWO = """\
define internal void @copy(ptr %x, ptr %y, i64 %n) noinline {
  %v = load i32, ptr %x
  store i32 %v, ptr %y
  %w = load i32, ptr %x
  store i32 %w, ptr %x
  ret void
}
define i32 @main(i64 %n) {
  %a = alloca i32, align 16
  %b = alloca i32, align 32
  store i32 1, ptr %a
  call void @copy(ptr %a, ptr %SECOND, i64 %n)
  %r = load i32, ptr %a
  ret i32 %r
}
"""


def test_the_books_own() -> None:
    check.promises(annotate, on=TWO.replace("SECOND", "b"), examples=4)


def said(words: str, of: str) -> Callable[[str], str]:
    """One that says so of some parameters, besides what is true."""
    return lambda ir: annotate(ir).replace(of, words)


WRONG: dict[str, tuple[Callable, str]] = {
    "%x of @copy is noalias, and the text does not say so": (lambda ir: ir, "b"),
    "%y of @copy is align 32, and the text does not say so": (
        lambda ir: annotate(ir).replace("align 32 %y", "align 8 %y"), "b",
    ),
    "%x of @copy is not align 64: align 16 is proven": (
        lambda ir: annotate(ir).replace("align 16 %x", "align 64 %x"), "b",
    ),
    "%x of @copy is not noalias": (
        lambda ir: annotate(ir).replace("ptr align 16 %x", "ptr noalias align 16 %x"), "a",
    ),
    "has undefined behavior": (
        lambda ir: annotate(ir).replace("copy(ptr align", "copy(ptr noalias align"), "a",
    ),
    "more is changed": (lambda ir: annotate(ir).replace("%y, i64", "nonnull %y, i64"), "b"),
    "expected LLVM IR as a text, got None": (lambda ir: None, "b"),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong(words: str) -> None:
    function, second = WRONG[words]
    with pytest.raises(check.CheckFailed, match=re.escape(words)):
        check.promises(function, on=TWO.replace("SECOND", second))


NATURAL = {
    "noalias everywhere": lambda ir: re.sub(
        r"^define internal void .*", lambda m: m[0].replace("ptr ", "ptr noalias "), ir, flags=re.M
    ),
    "a line is lost": lambda ir: annotate(ir).replace("  ret void\n", "", 1),
    "the first call of each alone": lambda ir: _first_calls(ir),
}


def _first_calls(ir: str) -> str:
    """One that looks at the first call of each kernel, and not at the others."""
    seen: set[str] = set()
    kept = []
    for line in ir.splitlines():
        found = re.match(r"  call void @(\w+)", line)
        if not (found and found[1] != "fill" and found[1] in seen):
            kept.append(line)
        seen.update([found[1]] if found else [])
    made = annotate("\n".join(kept))
    heads = {m[1]: m[0] for m in re.finditer(r"^define internal void @(\w+).*", made, re.M)}
    return re.sub(r"^define internal void @(\w+).*", lambda m: heads[m[1]], ir, flags=re.M)


@pytest.mark.parametrize("what", NATURAL)
def test_random_modules_find_what_is_wrong(what: str) -> None:
    with pytest.raises(check.CheckFailed):
        check.promises(NATURAL[what], examples=40)


def test_llvm_checks_less(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the job writes how far it is
    rng = random.Random(4)
    modules = [random_module(rng) for _ in range(15)]
    before, after = perform(modules), perform([annotate(each) for each in modules])
    assert [vectors for vectors, _ in after] == [vectors for vectors, _ in before]
    assert sum(checks for _, checks in after) < sum(checks for _, checks in before)
