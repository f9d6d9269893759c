"""Bank conflicts: counted by hand where one can, and in what the compiler makes."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch
import triton
import triton.language as tl

from autograder import check
from tern.gpu import compile_for
from tern.gpu.banks import bank_conflicts
from tern.gpu.readable import readable
from tern.workshop.triton import add, softmax, swizzle, transpose
from tests.tern.gpu import kernels


def turns(arithmetic: str, access: str, warps: int = 1) -> tuple[int, int]:
    """Wavefronts of the last access, and how many would do."""
    ptx = f"mov.u32 %r1, %tid.x;\n{arithmetic}\n{access};"
    last = bank_conflicts(ptx, warps)[-1]
    return last.wavefronts, last.min_wavefronts


@pytest.mark.parametrize(
    "stride, wavefronts",
    [(4, 1), (8, 2), (12, 1), (16, 4), (64, 16), (128, 32), (132, 1), (256, 32), (0, 1)],
)
def test_a_stride_in_bytes(stride: int, wavefronts: int) -> None:
    """32 lanes, `stride` bytes apart: gcd(stride / 4, 32) lanes to a bank; a word serves all."""
    arithmetic = f"mul.lo.s32 %r2, %r1, {stride};"
    assert turns(arithmetic, "ld.shared.b32 %r3, [%r2]") == (wavefronts, 1)
    assert turns(arithmetic, "st.shared.b32 [ %r2 + 64 ], %r3") == (wavefronts, 1)


def test_wide_accesses_are_served_by_parts_of_a_warp() -> None:
    assert turns("shl.b32 %r2, %r1, 4;", "ld.shared.v4.b32 {%r3, %r4, %r5, %r6}, [%r2]") == (4, 4)
    assert turns("shl.b32 %r2, %r1, 3;", "st.shared.v2.b32 [%r2], {%r3, %r4}") == (2, 2)
    # 8 lanes of a quarter, 128 bytes apart, want the same four banks
    assert turns("shl.b32 %r2, %r1, 7;", "ld.shared.v4.b32 {%r3, %r4, %r5, %r6}, [%r2]") == (32, 4)
    assert turns("shl.b32 %r2, %r1, 1;", "ld.shared.b16 %rs1, [%r2]") == (1, 1), (
        "two lanes share a word"
    )


def test_threads_that_are_switched_off_take_no_turn() -> None:
    arithmetic = "shl.b32 %r2, %r1, 7;\nsetp.eq.s32 %p1, %r1, 0;\nsetp.lt.u32 %p2, %r1, 8;"
    assert turns(arithmetic, "@%p1 st.shared.b32 [%r2], %r3") == (1, 1)
    assert turns(arithmetic, "@%p2 st.shared.b32 [%r2], %r3") == (8, 1)
    assert turns(arithmetic, "@!%p2 st.shared.b32 [%r2], %r3") == (24, 1)
    assert turns(arithmetic, "@%p9 st.shared.b32 [%r2], %r3") == (32, 1), "not known: all may be on"


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(
        ValueError, match="line 3 of the PTX: where ld.shared.b32 goes is not known"
    ):
        bank_conflicts(
            "mov.u32 %r1, %tid.x;\nld.global.b32 %r2, [%rd1];\nld.shared.b32 %r3, [%r2];", 1
        )
    for arithmetic in (
        "ld.param.b32 %r2, [p];",
        "mov.u32 %r2, 0x0;\n@%p1 ld.global.v4.b32 { %r1, %r2, %r3, %r4 }, [ %rd1 + 0 ];",
        "mov.u32 %r2, 0;\nld.shared.v2.b32 {%r3, %r2}, [%r1];",
        "mov.u32 %r2, 0;\nldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r3,\n%r2}, [%r1];",
        "mov.u32 %r2, 0;\nshfl.sync.bfly.b32 %r2|%p1, %r1, 1, 31, -1;",
        "mul.hi.u32 %r2, %r1, 4;",
        "mad.hi.u32 %r2, %r1, 4, 0;",
        "mov.f32 %f1, 0;\nsetp.leu.f32 %p1, %f1, %r1;\nselp.b32 %r2, 0, 4, %p1;",
        "setp.eq.f32 %p1, %r1, %r1;\nselp.b32 %r2, 0, 4, %p1;",
        "mov.u32 %r2, 0;\n@%p1 mov.u32 %r2, 4;",
        "setp.lt.u32 %p1, %r1, 8;\n@%p1 mov.u32 %r2, 4;",
    ):
        with pytest.raises(ValueError, match="not known"):
            turns(arithmetic, "ld.shared.b32 %r9, [%r2]")
    for access in (
        "cp.async.ca.shared.global [%r1], [%rd1], %r2",
        "ldmatrix.sync.aligned.m16n16.x1.shared.b8 {%r2}, [%r1]",
    ):
        with pytest.raises(ValueError, match="how many bytes a lane of .* is not known"):
            turns("", access)


def test_a_predicate_that_is_known_chooses() -> None:
    arithmetic = "shl.b32 %r2, %r1, 7;\nsetp.lt.s32 %p1, %r1, 0;\n"
    for guarded, wavefronts in (
        ("@%p1 mov.u32 %r2, 0;", 32),
        ("@!%p1 mov.u32 %r2, 0;", 1),
        ("setp.lt.s32 %p1, %r1, 8;\n@!%p1 add.s32 %r2, %r1, %r1;", 8),  # 8 lanes in one bank
        ("not.pred %p2, %p1;\n@%p2 mov.u32 %r2, 0;", 1),
    ):
        assert turns(arithmetic + guarded, "ld.shared.b32 %r3, [%r2]")[0] == wavefronts, guarded
    assert turns(arithmetic + "not.pred %p2, %p1;", "@%p2 ld.shared.b32 %r3, [%r2]") == (32, 1)
    assert turns(arithmetic + "not.pred %p2, %p1;", "@!%p2 ld.shared.b32 %r3, [%r2]") == (0, 0)


@pytest.mark.parametrize(
    "access, expected",
    [
        ("ld.shared::cta.b32 %r5, [%r3]", (32, 1)),
        ("ld.volatile.shared.f32 %r5, [%r3]", (32, 1)),
        ("st.shared::cta.v2.b64 [%r3], {%rd1, %rd2}", (32, 4)),
        ("atom.shared.add.u32 %r5, [%r3], 1", (32, 1)),
        ("atom.acq_rel.cta.shared::cta.cas.b32 %r5, [%r3], 1, 2", (32, 1)),
        ("red.shared.add.noftz.f16x2 [%r3], %r5", (32, 1)),
        ("cp.async.cg.shared.global [ %r3 + 0 ], [ %rd1 + 0 ], 0x10, %r9", (32, 4)),
        ("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r5, %r6, %r7, %r8}, [%r3]", (32, 4)),
        ("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r3], {%r5}", (8, 1)),
        ("mbarrier.init.shared::cta.b64 [%r3], 1", None),
    ],
)
def test_what_is_seen(access: str, expected: tuple[int, int] | None) -> None:
    """Rows of 128 bytes, a lane each: all in the same banks."""
    ptx = f"mov.u32 %r1, %tid.x;\nshl.b32 %r3, %r1, 7;\n{access};"
    found = [(each.wavefronts, each.min_wavefronts) for each in bank_conflicts(ptx, 1)]
    assert found == ([] if expected is None else [expected])


def test_a_loop_forgets_what_it_carries() -> None:
    loop = (
        "shl.b32 %r2, %r1, 2;\n$L__BB0_1:\n{}\n"
        "mad.lo.s32 %r2, %r1, 124, %r2;\n@%p9 bra $L__BB0_1;\nret"
    )
    with pytest.raises(ValueError, match="line 5 of the PTX: where ld.shared.b32 goes"):
        turns("", loop.format("ld.shared.b32 %r5, [%r2];"))
    inside = loop.format("shl.b32 %r4, %r1, 3;\nld.shared.b32 %r5, [%r4];")
    assert turns("", inside) == (2, 1), "made anew in every iteration"
    past = "mov.u32 %r2, 0;\n@%p9 bra $L2;\nshl.b32 %r2, %r1, 2;\n$L2:"
    with pytest.raises(ValueError, match="not known"):
        turns(past, "ld.shared.b32 %r5, [%r2]")


@triton.jit
def gather_kernel(x, indices, out, N: tl.constexpr) -> None:
    at = tl.arange(0, N)
    tl.store(out + at, tl.gather(tl.load(x + at), tl.load(indices + at), 0))


def test_a_gather_goes_where_numbers_in_memory_say() -> None:
    def gather(x, indices):
        out = torch.empty_like(x)
        gather_kernel[(1,)](x, indices, out, N=x.numel())
        return out

    (build,) = compile_for(
        "sm_80", gather, torch.randn(1024), torch.arange(1024, dtype=torch.int32)
    )
    with pytest.raises(ValueError, match="ld.shared"):
        bank_conflicts(build.texts["ptx"], build.warps)
    with pytest.raises(
        check.CouldNotMeasure, match="gather_kernel for sm_80 cannot be counted: line"
    ):
        check.conflicts(
            gather, on=lambda rng: (torch.randn(1024), torch.arange(1024, dtype=torch.int32))
        )


def test_arithmetic_is_that_of_32_bits() -> None:
    for text, expected in (
        ("shl.b32 %r2, %r1, 30; shr.u32 %r2, %r2, 28;", lambda t: (t << 30 & 0xFFFFFFFF) >> 28),
        ("bfe.u32 %r2, %r1, 1, 3; shl.b32 %r2, %r2, 2;", lambda t: (t >> 1 & 7) << 2),
        ("bfe.s32 %r2, %r1, 0, 1; and.b32 %r2, %r2, 124;", lambda t: -(t & 1) & 124),
        ("not.b32 %r2, %r1; and.b32 %r2, %r2, 124;", lambda t: ~t & 124),
        ("lop3.b32 %r2, %r1, 12, 4, 0x96; shl.b32 %r2, %r2, 2;", lambda t: (t ^ 12 ^ 4) << 2),
        ("setp.ge.s32 %p1, %r1, 16; selp.b32 %r2, 0, 128, %p1;", lambda t: 0 if t >= 16 else 128),
        (
            "sub.s32 %r2, %r1, 8; shr.s32 %r2, %r2, 1; and.b32 %r2, %r2, 124;",
            lambda t: (t - 8) >> 1 & 124,
        ),
        (
            "sub.s32 %r2, %r1, 8; min.u32 %r2, %r2, 16; shl.b32 %r2, %r2, 5;",
            lambda t: 32 * min((t - 8) % 2**32, 16),
        ),
        (
            "sub.s32 %r2, %r1, 8; cvt.u64.u32 %rd1, %r2; shr.u64 %rd1, %rd1, 30; "
            "cvt.u32.u64 %r2, %rd1; shl.b32 %r2, %r2, 5;",
            lambda t: ((t - 8) % 2**32 >> 30) << 5,
        ),
        ("cvt.u16.u32 %rs1, %r1; mul.wide.u16 %r2, %rs1, 8;", lambda t: 8 * t),
    ):
        words = {expected(t) // 4 for t in range(32)}
        busiest = np.bincount([word % 32 for word in words]).max()
        got = turns(text.replace("; ", ";\n"), "ld.shared.b32 %r3, [%r2]")
        assert got[0] == busiest, text


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 32, 64, 128])
def test_the_swizzle_of_the_book_has_none(width: int) -> None:
    """And PTX that does the same arithmetic says so, too."""
    row, column = np.arange(32), np.full(32, width - 1)
    assert len(set(swizzle(row, column, width) % 32)) == 32
    if width == 32:
        arithmetic = (
            "xor.b32 %r2, %r1, 31;\nshl.b32 %r4, %r1, 5;\n"
            "add.s32 %r2, %r2, %r4;\nshl.b32 %r2, %r2, 2;"
        )
        assert turns(arithmetic, "ld.shared.b32 %r3, [%r2]") == (1, 1)


@pytest.mark.parametrize("device", ["sm_75", "sm_80", "sm_90"])
def test_what_the_compiler_lays_out_has_none(device: str) -> None:
    for size in (1024, 1000):
        (build,) = compile_for(device, transpose, torch.randn(size, size))
        found = bank_conflicts(build.texts["ptx"], build.warps)
        assert len(found) > 10 and not sum(access.conflicts for access in found)
    (build,) = compile_for(device, softmax, torch.randn(90, 1000))
    assert not sum(access.conflicts for access in bank_conflicts(build.texts["ptx"], build.warps))


def test_readable_texts() -> None:
    (build,) = compile_for("sm_80", add, torch.randn(4096), torch.randn(4096))
    texts = dict(readable(build))
    assert list(texts) == ["TTIR", "TTGIR", "LLVM IR", "PTX", "SASS"]
    for level, (has, noise) in {
        "TTIR": ("tt.load", "loc("),
        "TTGIR": ("#blocked", "loc("),
        "LLVM IR": ("fadd float", "!dbg"),
        "PTX": ("ld.global.v4.b32", ".loc"),
        "SASS": ("LDG.E.128", "/*00"),
    }.items():
        assert has in texts[level] and noise not in texts[level], level
    assert texts["PTX"].endswith("}") and texts["SASS"].endswith("EXIT")
    (build,) = compile_for("sm_80", kernels.online, torch.randn(9, 1000))
    text = dict(readable(build))["PTX"]
    targets = set(re.findall(r"bra(?:\.uni)?\s+(\$\w+)", text))
    assert targets == set(re.findall(r"^(\$\w+):", text, re.MULTILINE)) and targets
    (build,) = compile_for("gfx942", add, torch.randn(4096), torch.randn(4096))
    assert "buffer_load_dwordx4" in dict(readable(build))["AMDGCN"]
