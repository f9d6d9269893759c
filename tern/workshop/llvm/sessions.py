"""What LLVM's own tools say, for the page: commands, and the files that they are given.

A tool is called by its plain name, `opt`, and is that of the toolchain. `./loop-report.so` is the
plugin of loop_report.hpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tern.build import build
from tern.ir import Operation, function
from tern.lower import lower_source
from tern.parts import originals
from tern.targets.llvm.compile import llvm_text
from tern.workshop.llvm.decode import RANGE, decode_text

ROWS = "fn twice(x: f32[n, m]) -> f32[n, m] { return x * 2.0; }"
GCD = """\
fn gcd(a: i32, b: i32) -> i32 {
    while b != 0 { let rest = a % b; a = b; b = rest; }
    return a;
}
"""
DIAMOND = """\
define i32 @f(i1 %c) {
entry:
  br i1 %c, label %yes, label %no
yes:
  br label %join
no:
  br label %join
join:
  %r = phi i32 [ 1, %yes ], [ 2, %no ]
  ret i32 %r
}
"""
SMALL = """\
define i32 @f(i32 %x, i32 %y) {
  %a = mul i32 %x, 5
  %b = add i32 %a, %y
  ret i32 %b
}
"""
INTERESTING = """\
#!/bin/sh
opt -O3 -mtriple=x86_64 -disable-output -pass-remarks-analysis=loop-vectorize $1 2>&1 |
  grep -q 'cannot identify array bounds'
"""


@dataclass(frozen=True)
class Session:
    """Commands in a folder with these files.

    Attributes:
        plugins: the passes that are built for it, by the names of their headers.
        old: with an older LLVM's headers.
        slow: it takes more than a second.
    """

    commands: tuple[str, ...]
    files: dict[str, str]
    plugins: tuple[str, ...] = ()
    old: bool = False
    slow: bool = False


def loops(text: str) -> str:
    """A tern function of arrays as LLVM IR, in loops."""
    module = lower_source(text, ["twice"])
    return llvm_text(function(module, "twice"))


def scalars(text: str) -> Operation:
    """A tern function of numbers."""
    return function(build(text), "gcd")


@cache
def sessions() -> dict[str, Session]:
    """All of them, by name: not to be changed. What was recorded is of the book's own parts."""
    with originals():
        return _sessions()


def _sessions() -> dict[str, Session]:
    load = "opt -load-pass-plugin ./{}.so "
    quiet = "-disable-output "
    split = load.format("split") + quiet
    return {
        "recurrences": Session(
            ("opt -passes='print<scalar-evolution>' -disable-output twice.ll",),
            {"twice.ll": loops(ROWS)},
        ),
        "loop-report": Session(
            (load.format("loop-report") + quiet + "-passes=loop-report twice.ll",),
            {"twice.ll": loops(ROWS)},
            ("loop-report",),
        ),
        "lie": Session(
            (
                split + "-passes='require<domtree>,split,print<domtree>' f.ll",
                split + "-passes='require<domtree>,split,invalidate<domtree>,print<domtree>' f.ll",
                split + "-verify-analysis-invalidation -passes='require<domtree>,split' f.ll",
            ),
            {"f.ll": DIAMOND},
            ("split",),
        ),
        "counted": Session(
            (load.format("count-blocks") + "-passes=count-blocks -S gcd.ll",),
            {"gcd.ll": llvm_text(scalars(GCD))},
            ("count-blocks",),
        ),
        "optnone": Session(
            (load.format("loop-report") + quiet + "-passes=loop-report twice.ll",),
            {"twice.ll": loops(ROWS).replace(") {", ") optnone noinline {", 1)},
            ("loop-report",),
        ),
        "another version": Session(
            (load.format("loop-report") + quiet + "-passes=loop-report twice.ll",),
            {"twice.ll": loops(ROWS)},
            ("loop-report",),
            old=True,
        ),
        "code": Session(
            (
                "llc -mtriple=x86_64 -stop-after=finalize-isel f.ll -o -",
                "llc -mtriple=x86_64 -stop-after=virtregrewriter f.ll -o -",
                "llc -mtriple=x86_64 f.ll -o -",
            ),
            {"f.ll": SMALL},
        ),
        "reduced": Session(
            ("llvm-reduce --test=./interesting.sh decode.ll -o reduced.ll", "cat reduced.ll"),
            {"decode.ll": decode_text(RANGE), "interesting.sh": INTERESTING},
            slow=True,
        ),
    }
