"""The compiler without a GPU: what it makes of known kernels; its failures are one line."""

from __future__ import annotations

import dataclasses
import os

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tern.gpu import DEVICES, Build, BuildError, compile_for, measure
from tern.gpu.assembly import (
    load_widths,
    matrix_instructions,
    nvidia_resources,
    opcodes,
    store_widths,
)
from tern.gpu.build import matches
from tern.gpu.offline import checked
from tests.tern.gpu import faulty, kernels
from tests.tern.gpu.test_faults import marked

HALVES = torch.randn(256, 256).half()


def build(device: str, launcher: object, *arguments: object) -> Build:
    (one,) = compile_for(device, launcher, *arguments)
    return one


@pytest.mark.parametrize("device", list(DEVICES))
def test_add_loads_128_bits_where_the_size_allows(device: str) -> None:
    x = torch.randn(4096)
    even, odd = build(device, kernels.add, x, x), build(device, kernels.add, x[:4095], x[:4095])
    assert set(even.load_widths) == set(even.store_widths) == {128}
    assert set(odd.load_widths) == set(odd.store_widths) == {32}
    assert sum(odd.load_widths.values()) == 4 * sum(even.load_widths.values())
    assert not even.matrix_instructions and not even.spills and not even.stack and even.fits
    assert 0 < even.registers < 64
    last = "amdgcn" if device.startswith("gfx") else "sass"
    assert list(even.texts) == [
        "ttir",
        "ttgir",
        "llir",
        *(["ptx", "sass"] if last == "sass" else [last]),
    ]
    assert "tt.func public @add_kernel" in even.texts["ttir"] and all(even.texts.values())


def test_a_stride_that_16_does_not_divide_is_loaded_narrowly() -> None:
    """8 divides 1000, and 16 does not, so the JIT does not say that rows are aligned."""
    assert set(build("sm_80", kernels.fused, torch.randn(9, 1000)).load_widths) == {32}
    assert set(build("sm_80", kernels.fused, torch.randn(9, 1024)).load_widths) == {128}


@pytest.mark.parametrize(
    "device, instruction",
    [("sm_75", None), ("sm_80", "HMMA"), ("sm_90", "HGMMA"), ("gfx942", "v_mfma_f32")],
)
def test_tl_dot_becomes_matrix_instructions(device: str, instruction: str | None) -> None:
    one = build(device, kernels.tiled, HALVES, HALVES)
    if instruction is None:  # a T4's tensor cores are not used by Triton
        assert not one.matrix_instructions and one.count("FFMA") > 500 and one.stack > 0
        return
    assert one.count(instruction) == sum(one.matrix_instructions.values()) > 0
    assert not one.spills and not one.stack and 0 < one.shared <= one.max_shared


def test_without_tl_dot_there_are_none() -> None:
    assert not build("sm_80", kernels.rowwise, HALVES, HALVES).matrix_instructions


def test_too_few_warps_spill() -> None:
    spilling, good = (
        build("sm_80", lambda a, b: kernels.tiled(a, b, 128, warps=warps), HALVES, HALVES)  # noqa: B023
        for warps in (2, 8)
    )
    assert spilling.spills > 0 and spilling.stack > 0 and spilling.registers == 255
    assert good.spills == good.stack == 0 and good.count("HMMA") > 0
    assert (spilling.warps, good.warps) == (2, 8)


def test_shared_memory_that_a_device_does_not_have() -> None:
    one = build("sm_75", kernels.fused, torch.randn(9, 1024))
    assert one.fits and one.max_shared == 65536
    assert not dataclasses.replace(one, shared=65537).fits


def test_every_different_kernel_is_compiled_once() -> None:
    found = compile_for("sm_80", kernels.unfused, torch.randn(16, 128))
    assert [each.kernel for each in found] == [
        "max_kernel",
        "exp_kernel",
        "sum_kernel",
        "divide_kernel",
    ]

    def twice(x):
        kernels.add(x, x)
        kernels.add(x, x)
        kernels.add(x[1:], x[1:])

    assert len(compile_for("sm_80", twice, torch.randn(1024))) == 2


# ---- one process, both ways ----------------------------------------------------------------------


def test_what_the_interpreter_runs_and_the_compiler_refuses() -> None:
    for launcher, kernel, why, arguments in (
        (faulty.breaking, faulty.breaking_kernel, "Break", [torch.ones(9)]),
        (
            faulty.small_dot,
            faulty.small_dot_kernel,
            "K >= 16",
            [torch.ones(16, 8), torch.ones(8, 16)],
        ),
    ):
        assert not measure(launcher, *arguments).faults
        with pytest.raises(BuildError, match=why) as caught:
            compile_for("sm_80", launcher, *arguments)
        assert str(caught.value).startswith(f"faulty.py:{marked(kernel)}: ")
        assert "\n" not in str(caught.value)


def test_measuring_and_compiling_take_turns() -> None:
    x = torch.randn(5, 64)
    for _ in range(2):
        assert not measure(kernels.fused, x).faults
        assert build("sm_90", kernels.fused, x).kernel == "fused_kernel"


def test_a_launcher_may_compute_after_others_have_in_threads() -> None:
    """A fork lacks its parent's threads: what would wait for one waited for ever."""
    large = torch.ones(1 << 20)
    assert (large + large).sum() > 0  # by several threads, where there are several

    def launcher(x):
        out = torch.zeros(1 << 20)
        kernels.add_kernel[(1024,)](x, x, out, x.numel(), BLOCK=1024)
        return out

    assert build("sm_80", launcher, large).kernel == "add_kernel"


# ---- failures are one line -----------------------------------------------------------------------


def test_a_launcher_that_raises_crashes_or_never_ends() -> None:
    def forever() -> None:
        while True:
            pass

    for launcher, message in (
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (os.abort, "the compiler crashed .SIGABRT."),
        (lambda: os._exit(0), "the compiler crashed .without a word."),
        (forever, "still running after 2 s"),
    ):
        with pytest.raises(BuildError, match=message) as caught:
            compile_for("sm_80", launcher, timeout=2)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="is none of sm_75"):
        compile_for("sm_70", kernels.add)


PTX = ".version 8.7\n.target sm_80\n"


@pytest.mark.parametrize(
    "front",
    [
        {"kernel": 3, "error": "no"},
        {"kernel": "f", "warps": "4", "shared": 0, "texts": {"ptx": ""}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ptx": 3}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ttir": ""}},
        {"kernel": "f"},
        {"kernel": "f" * 1000, "error": "no"},
        {"kernel": "f\n", "error": "no"},
        {"kernel": "f", "warps": 1_000_000, "shared": 0, "texts": {"ptx": PTX}},
        {"kernel": "f", "warps": 0, "shared": 0, "texts": {"ptx": PTX}},
        {"kernel": "f", "warps": True, "shared": 0, "texts": {"ptx": PTX}},
        {"kernel": "f", "warps": 4, "shared": 1 << 40, "texts": {"ptx": PTX}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ptx": PTX, "amdgcn": ""}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"amdgcn": PTX}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ptx": PTX.replace("80", "90")}},
        {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ptx": PTX + "\n" * (1 << 23)}},
    ],
)
def test_a_front_that_is_none(front: dict) -> None:
    with pytest.raises((ValueError, KeyError)):
        checked(front, "sm_80")


def test_a_front_that_is_one() -> None:
    front = {"kernel": "f", "warps": 4, "shared": 0, "texts": {"ptx": PTX}}
    assert checked({**front, "more": 3}, "sm_80") == front
    assert checked({"kernel": "f", "error": "no" * 999}, "sm_80")["error"] == "no" * 250


# ---- reading assembly ----------------------------------------------------------------------------

SASS = """
        /*0000*/                   MOV R1, c[0x0][0x28] ;
        /*0010*/              @!P0 LDG.E.128 R4, [R2.64] ;
        /*0020*/              @UP1 LDG.E R4, [R2.64] ;
        /*0030*/                   LDG.E.U16.CONSTANT R4, [R2.64] ;
        /*0040*/                   LDGSTS.E.BYPASS.128 [R9], [R2.64] ;
        /*0050*/                   HMMA.16816.F32 R4, R8, R2, R4 ;
        /*0060*/               @P3 STG.E.64 [R2.64], R4 ;
"""
AMD = (
    "\tglobal_load_dwordx4 v[0:3], v0, s[4:5]\n"
    "\tv_mfma_f32_32x32x8_f16 a[0:15], v0\n\tbuffer_store_short v1\n"
)


def test_instructions_are_read() -> None:
    counts = opcodes(SASS)
    assert sum(counts.values()) == 7
    assert load_widths(counts) == {16: 1, 32: 1, 128: 2} and store_widths(counts) == {64: 1}
    assert matrix_instructions(counts) == {"HMMA.16816.F32": 1}
    counts = opcodes(AMD)
    assert load_widths(counts) == {128: 1} and store_widths(counts) == {16: 1}
    assert matrix_instructions(counts) == {"v_mfma_f32_32x32x8_f16": 1}
    log = "Used 40 registers, 0\n  8 bytes stack frame, 12 bytes spill stores, 4 bytes spill loads"
    assert nvidia_resources(log) == {"registers": 40, "stack": 8, "spills": 16}
    with pytest.raises(ValueError):
        nvidia_resources("nothing")


@pytest.mark.parametrize(
    "opcode, requested, holds",
    [
        ("LDG.E.128.CONSTANT", "LDG.128", True),
        ("LDG.E.128", "LDG", True),
        ("LDG.E", "LDG.32", True),
        ("LDG.E.64", "LDG.32", False),
        ("LDGSTS.E.128", "LDG.128", False),
        ("HMMA.16816.F32", "HMMA", True),
        ("v_mfma_f32_32x32x8_f16", "v_mfma", True),
    ],
)
def test_names_of_instructions(opcode: str, requested: str, holds: bool) -> None:
    assert matches(opcode, requested) is holds
