"""Conversions between the types of Triton, as GPUs convert."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tests.tern.gpu.values import (
    ALL,
    EIGHT,
    FLOATS,
    INTEGERS,
    SIGNED,
    N,
    array,
    back,
    numbers,
    same,
)
from tests.tern.gpu.written import value, why

by_type = pytest.mark.parametrize


def name_of(kind: torch.dtype) -> str:
    own = {torch.float8_e4m3fn: "float8e4nv", torch.float8_e5m2: "float8e5", torch.bool: "int1"}
    return f"tl.{own.get(kind) or str(kind).removeprefix('torch.')}"


@by_type("kind", [*ALL, *EIGHT])
def test_conversions(kind: torch.dtype, tmp_path: Path) -> None:
    for source in [*FLOATS[:3], *INTEGERS, torch.bool, *EIGHT]:
        a = numbers(source)
        if not kind.is_floating_point and source.is_floating_point:
            a = a if kind in SIGNED else (a.float().abs()).to(source)
        text = f"a.to({name_of(kind)})"
        if kind in EIGHT or source in EIGHT:
            if kind != source and not {kind, source} & {*FLOATS[:3]}:
                assert "tensor.to of" in why(text, tmp_path, a, kind=kind)
                continue
        if kind == torch.bool:
            right = a.to(torch.float64) != 0
        elif source == kind:
            right = a
        elif kind.is_floating_point:
            right = torch.from_numpy(array(a).astype(np.float64)).to(kind)
        else:
            right = back(array(a), kind)
        found = value(text, tmp_path, a, kind=kind)
        assert same(found, right), f"{source} to {kind}: {found}, and not {right}"


def test_floats_beyond_a_type_become_its_ends(tmp_path: Path) -> None:
    big = torch.tensor([3e9, -3e9, torch.inf, -torch.inf, torch.nan, 1e20, -1e20, 1.5] * 2)
    for kind in (torch.int32, torch.uint32, torch.int64, torch.uint64, torch.int16, torch.uint16):
        bounds = torch.iinfo(kind)
        whole = [0 if x != x else int(min(max(x, bounds.min), bounds.max)) for x in big.tolist()]
        found = value(f"a.to({name_of(kind)})", tmp_path, big, kind=kind)
        assert found.tolist() == whole, kind
    for kind, top in ((torch.float8_e4m3fn, 448.0), (torch.float8_e5m2, 57344.0)):
        found = value(f"a.to({name_of(kind)})", tmp_path, big, kind=kind).float()
        assert found[:8].nan_to_num(nan=0).tolist() == [top, -top, top, -top, 0, top, -top, 1.5]
        assert found[4].isnan()


def test_rounding_towards_zero(tmp_path: Path) -> None:
    a = numbers(torch.float32)
    text = "a.to(tl.{}, fp_downcast_rounding='rtz')"
    cut = (a.view(torch.int32) & -65536).view(torch.float32)
    assert same(value(text.format("bfloat16"), tmp_path, a, kind=torch.bfloat16), cut.bfloat16())
    half = value(text.format("float16"), tmp_path, a, kind=torch.float16)
    assert (half.float().abs() <= a.abs()).all() and not same(half, a.half())


def test_bits_are_kept(tmp_path: Path) -> None:
    for kind, bits in ((torch.bfloat16, torch.int16), (torch.float16, torch.int16)):
        a = numbers(kind)
        name = name_of(bits)
        assert same(value(f"a.to({name}, bitcast=True)", tmp_path, a, kind=bits), a.view(bits))
        again = f"a.to({name}, bitcast=True).to({name_of(kind)}, bitcast=True)"
        assert same(value(again, tmp_path, a), a)


@by_type("kind", EIGHT)
def test_types_of_8_bits_are_moved_and_multiplied_and_else_refused(
    kind: torch.dtype, tmp_path: Path
) -> None:
    a, b = numbers(kind), numbers(kind, 1)
    for expression in ("a + b", "a > b", "tl.sum(a, 0)", "tl.maximum(a, b)"):
        text = why(expression, tmp_path, a, b, kind=torch.float32)
        assert "arithmetic with fp8" in text and "convert with .to(tl.float32) first" in text, text
    assert same(value("tl.where(i < 8, a, b)", tmp_path, a, b), torch.cat([a[:8], b[8:]]))
    dot = "tl.sum(tl.dot(tl.broadcast_to(a[:, None], N, N), tl.broadcast_to(b[None, :], N, N)), 1)"
    found = value(dot, tmp_path, a, b, kind=torch.float32)
    outer = a.float()[:, None].expand(N, N) @ b.float().expand(N, N)
    torch.testing.assert_close(found, outer.sum(1))
