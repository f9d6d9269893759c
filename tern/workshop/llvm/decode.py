"""A loop that looks codes up in a table, as LLVM IR: the week's example.

    for i in range(n):
        if codes[i] >= 16: return fail(i)
        x = table[codes[i]] * scale[i]
        out[i] = x * (x * x + 27) / (9 * x * x + 27)

So weights of four bits are decoded; what's computed of each is close to its hyperbolic tangent. A
code that isn't a row of the table is an error, as it is for tern's `take`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

RANGE, NOALIAS = "range", "noalias"
"""What a text can promise besides: each code is below 16, and no two buffers overlap."""

_LOOP = """\
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %good ]
  %code.ptr = getelementptr inbounds i32, ptr %codes, i64 %i
  %code = load i32, ptr %code.ptr!RANGE
  %row = zext i32 %code to i64
  %outside = icmp uge i64 %row, 16
  br i1 %outside, label %fail, label %good
good:
  %entry.ptr = getelementptr inbounds float, ptr %table, i64 %row
  %entry.value = load float, ptr %entry.ptr
  %scale.ptr = getelementptr inbounds float, ptr %scale, i64 %i
  %by = load float, ptr %scale.ptr
  %x = fmul float %entry.value, %by
  %xx = fmul float %x, %x
  %above = fadd float %xx, 27.0
  %top = fmul float %x, %above
  %nine = fmul float %xx, 9.0
  %below = fadd float %nine, 27.0
  %y = fdiv float %top, %below
  %out.ptr = getelementptr inbounds float, ptr %out, i64 %i
  store float %y, ptr %out.ptr
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
fail:
  store i64 %i, ptr %failed
  ret void
}
"""
_CHECK = """\
  br label %ask
ask:
  %j = phi i64 [ 0, %entry.block ], [ %j.next, %ask ]
  %most = phi i32 [ 0, %entry.block ], [ %most.next, %ask ]
  %j.ptr = getelementptr inbounds i32, ptr %codes, i64 %j
  %j.code = load i32, ptr %j.ptr
  %most.next = call i32 @llvm.umax.i32(i32 %most, i32 %j.code)
  %j.next = add nuw nsw i64 %j, 1
  %j.more = icmp ult i64 %j.next, %n
  br i1 %j.more, label %ask, label %asked
asked:
  %bad = icmp uge i32 %most.next, 16
"""

DIVIDE = """\
define void @divide(ptr noalias %x, ptr noalias %y, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = getelementptr inbounds i64, ptr %x, i64 %i
  %v = load i64, ptr %p
  %w = udiv i64 1000000, %v
  %q = getelementptr inbounds i64, ptr %y, i64 %i
  store i64 %w, ptr %q
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}"""
"""y[i] = 1000000 / x[i]: nothing stands in the way of vectors, but they don't pay."""


def decode_text(*promises: str, name: str = "decode") -> str:
    """The loop, for n of 1 or more, with these promises: of RANGE, NOALIAS."""
    apart = "noalias " if NOALIAS in promises else ""
    buffers = ", ".join(f"ptr {apart}%{b}" for b in ("codes", "table", "scale", "out", "failed"))
    head = f"define void @{name}({buffers}, i64 %n) {{\nentry:\n  br label %loop\n"
    if RANGE not in promises:
        return head + _LOOP.replace("!RANGE", "")
    return head + _LOOP.replace("!RANGE", ", !range !0") + "\n!0 = !{i32 0, i32 16}\n"


def checked_text() -> str:
    """The loop with both promises, entered only where a first loop has found the codes to keep
    theirs; with another code, the loop that promises nothing of them runs instead, and fails."""
    fast, slow = decode_text(RANGE, NOALIAS, name="fast"), decode_text(NOALIAS, name="slow")
    buffers = "ptr %codes, ptr %table, ptr %scale, ptr %out, ptr %failed, i64 %n"
    calls = "".join(
        f"{block}:\n  call void @{block}({buffers})\n  ret void\n" for block in ("slow", "fast")
    )
    head = "define void @decode(" + buffers.replace("ptr", "ptr noalias") + ") {\nentry.block:\n"
    ask = f"{_CHECK}  br i1 %bad, label %slow, label %fast\n{calls}}}\n"
    internal = [text.replace("define", "define internal") for text in (fast, slow)]
    return "\n".join([head + ask, "declare i32 @llvm.umax.i32(i32, i32)\n", *internal])


class Workload:
    """Codes to decode, drawn at random, and what comes of them.

    Attributes:
        codes, table, scale, out, failed: the arrays; i32[n], f32[16], f32[n], f32[n], i64[1].
    """

    def __init__(self, n: int = 4096) -> None:
        rng = np.random.default_rng(0)
        self.codes = rng.integers(0, 16, n, np.int32)
        self.table = rng.standard_normal(16, np.float32)
        self.scale = rng.random(n, np.float32)
        self.out = np.zeros(n, np.float32)
        self.failed = np.full(1, -1)

    @property
    def arguments(self) -> list[int]:
        """What a compiled loop takes: five addresses, and how many codes there are."""
        buffers = (self.codes, self.table, self.scale, self.out, self.failed)
        return [*(buffer.ctypes.data for buffer in buffers), len(self.codes)]

    def expected(self) -> np.ndarray:
        """What NumPy computes, f32[n]."""
        x = self.table[self.codes] * self.scale
        return x * (x * x + 27) / (x * x * 9 + 27)


def nanoseconds(texts: Mapping[str, str], rounds: int = 15, calls: int = 40) -> dict[str, float]:
    """CPU time of an element, in ns, with each text compiled by LLVM: the least of some rounds, in
    turn. ValueError if a text is no LLVM IR; AssertionError if it computes something else."""
    from tern.targets.llvm.jit import machine_code

    work = Workload()
    arguments, expected = work.arguments, work.expected()
    compiled = {what: machine_code(text, "decode") for what, text in texts.items()}
    found = dict.fromkeys(texts, float("inf"))
    for _ in range(rounds):
        for what, run in compiled.items():
            begun = time.process_time_ns()
            for _ in range(calls):
                run(*arguments)
            spent = time.process_time_ns() - begun
            found[what] = min(found[what], spent / calls / len(work.codes))
            np.testing.assert_allclose(work.out, expected, rtol=1e-6)
    return found
