"""Small programs in LLVM IR, each of which one word turns into another program."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tern.workshop.llvm.verdict import verdict


@dataclass(frozen=True)
class Word:
    """A program without a word, and with it.

    Attributes:
        word: as LLVM IR spells it.
        without, with_it: the texts. What they are called with is `arguments`.
        named: the function that the word is in.
    """

    word: str
    without: str
    with_it: str
    arguments: tuple[int, ...] = ()
    named: str = "f"


def _word(
    word: str, text: str, *arguments: int, named: str = "f", instead: tuple[str, str] = ("", "")
) -> Word:
    """In the text, WORD stands where the word goes; or the two texts that are given `instead`."""
    without, with_it = instead if any(instead) else ("", f"{word} ")
    return Word(
        word, text.replace("WORD", without), text.replace("WORD", with_it), arguments, named
    )


WORDS = [
    _word(
        "nsw",
        """\
define i1 @f(i8 %x) {
  %y = add WORDi8 %x, 1
  %r = icmp sgt i8 %y, %x
  ret i1 %r
}""",
        127,
    ),
    _word(
        "exact",
        """\
define i8 @f(i8 %x) {
  %q = udiv WORDi8 %x, 8
  %r = mul i8 %q, 8
  ret i8 %r
}""",
        12,
    ),
    _word(
        "freeze",
        """\
define i4 @f() {
  %a = alloca i4
  %old = load i4, ptr %a
  %x = WORD
  %r = sub i4 %x, %x
  ret i4 %r
}""",
        instead=("select i1 true, i4 %old, i4 0", "freeze i4 %old"),
    ),
    _word(
        "inbounds",
        """\
define i1 @f(i64 %n) {
  %a = alloca i32
  %p = getelementptr WORDi32, ptr %a, i64 %n
  %r = icmp eq ptr %p, %a
  ret i1 %r
}""",
        1 << 62,
    ),
    _word(
        "noalias",
        """\
define i8 @f() {
  %a = alloca i8
  %r = call i8 @g(ptr %a, ptr %a)
  ret i8 %r
}
define i8 @g(ptr WORD%p, ptr %q) noinline {
  store i8 1, ptr %p
  store i8 2, ptr %q
  %r = load i8, ptr %p
  ret i8 %r
}""",
        named="g",
    ),
    _word(
        "br",
        """\
define i8 @f(i8 %x) {
entry:
  %y = add nsw i8 %x, 1
  %c = icmp sgt i8 %y, %x
WORD
}""",
        127,
        instead=(
            "  %r = select i1 %c, i8 1, i8 2\n  ret i8 %r",
            "  br i1 %c, label %yes, label %no\nyes:\n  ret i8 1\nno:\n  ret i8 2",
        ),
    ),
]
"""Of these, the evaluator says what they do."""

REASSOC = _word(
    "reassoc nsz",
    """\
define float @f(float %x) {
  %a = fadd WORDfloat %x, 1.0
  %r = fsub WORDfloat %a, 1.0
  ret float %r
}""",
)
_TBAA = """\
define i32 @f(ptr %p, ptr %q) {
  store i32 1, ptr %pINT
  store float 2.0, ptr %qFLOAT
  %r = load i32, ptr %pINT
  ret i32 %r
}
"""
_TYPES = """
!0 = !{!3, !3, i64 0}
!1 = !{!4, !4, i64 0}
!2 = !{!"the root of a language's types"}
!3 = !{!"int", !2}
!4 = !{!"float", !2}
"""
TBAA = Word(
    "!tbaa",
    _TBAA.replace("INT", "").replace("FLOAT", ""),
    _TBAA.replace("INT", ", !tbaa !0").replace("FLOAT", ", !tbaa !1") + _TYPES,
)
"""These two only LLVM is asked about."""


def optimized_body(text: str, name: str) -> str:
    """What LLVM makes of a function at -O3, without its first line and its attributes."""
    from tern.targets.llvm.jit import optimized_text

    found = re.search(rf"^define [^\n]*@{name}\(.*?^}}", optimized_text(text), re.M | re.S)
    assert found is not None
    lines = re.sub(r" +; preds = .*|, align \d+|, !tbaa !\d+", "", found[0]).split("\n")[1:-1]
    return "\n".join(line.strip() for line in lines if line.strip() not in ("", "entry:"))


def verdicts(word: Word) -> tuple[str, str]:
    """What the evaluator says, without the word and with it."""
    return verdict(word.without, word.arguments), verdict(word.with_it, word.arguments)


def witnesses(word: Word) -> tuple[str, str, str, str]:
    """A row of a table: the word, its program, and without it and with it what LLVM makes of that,
    and what the evaluator says, if it is asked."""
    made = [optimized_body(text, word.named) for text in (word.without, word.with_it)]
    shown = [text.split("\n")[-1] if "store" in text else text for text in made]
    said = [f"\nverdict: {one}" for one in verdicts(word)] if word in WORDS else ["", ""]
    program = word.with_it.partition("!0 =")[0].strip()
    return f"`{word.word}`", f"`{program}`", f"`{shown[0]}`{said[0]}", f"`{shown[1]}`{said[1]}"
