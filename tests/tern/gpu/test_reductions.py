"""Reductions and scans of every type: as NumPy and torch compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tests.tern.gpu.values import ALL, FLOATS, array, back, numbers, same
from tests.tern.gpu.written import value, why

by_type = pytest.mark.parametrize


@by_type("kind", ALL)
def test_reductions(kind: torch.dtype, tmp_path: Path) -> None:
    a = numbers(kind)
    values = array(a)
    wide = torch.float64 if kind.is_floating_point else torch.int64
    extremes = {
        "tl.max(a, 0)": values.max(),
        "tl.min(a, 0)": values.min(),
        "tl.reduce(a, 0, larger)": values.max(),
    }
    if kind != torch.bool:
        extremes |= {
            "tl.max(tl.topk(a, 4), 0)": values.max(),
            "tl.min(tl.topk(a, 4), 0)": np.sort(values)[-4],
        }
    for expression, result in extremes.items():
        if kind in (torch.uint32, torch.uint64):
            found = value(expression, tmp_path, a)
        else:
            found = value(expression, tmp_path, a, kind=kind)
        assert same(found, back(result, kind)), f"{expression} of {kind}"
    for name in ("argmax", "argmin"):
        found = value(f"tl.{name}(a, 0)", tmp_path, a, kind=torch.int32)
        assert int(found[0]) == getattr(values, name)(), f"{name} of {kind}"
    if not kind.is_floating_point:
        total = int(values.astype(object).sum())
        bits = 64 if kind in (torch.int64, torch.uint64) else 32
        found = value("tl.sum(a, 0)", tmp_path, a, kind=wide)
        assert (int(found[0]) - total) % (1 << bits) == 0
        running = value("tl.cumsum(a, 0)", tmp_path, a, kind=wide)
        sums = np.cumsum(values.astype(object))
        assert all((int(n) - m) % (1 << bits) == 0 for n, m in zip(running, sums)), kind
    else:
        size = float(torch.finfo(kind).eps) * np.abs(values).sum() * 4
        for expression in ("tl.sum(a, 0)", "tl.reduce(a, 0, first) * 0 + tl.sum(a)"):
            found = value(expression, tmp_path, a, kind=wide)
            assert abs(float(found[0]) - values.astype(np.float64).sum()) <= size, kind
        running = value("tl.cumsum(a, 0)", tmp_path, a, kind=wide)
        assert np.abs(running.numpy() - np.cumsum(values.astype(np.float64))).max() <= size


@by_type("kind", FLOATS[:2])
def test_a_sum_of_short_floats_is_rounded_after_every_addition(
    kind: torch.dtype, tmp_path: Path
) -> None:
    """The compiled code adds bfloat16 to bfloat16; only tl.max and its like go by float32."""
    a = torch.ones(1024, dtype=kind)
    a[0] = 4096.0 if kind == torch.float16 else 512.0
    found = value("tl.sum(a, 0)", tmp_path, a, size=1, kind=torch.float32)
    exact = value("tl.sum(a.to(tl.float32), 0)", tmp_path, a, size=1, kind=torch.float32)
    assert float(exact[0]) == a.float().sum() != float(found[0])
    assert float(found[0]) == float(found.to(kind)[0]), "it is a number of that type"


@by_type("axis", ["0", "1", "-1", "None"])
def test_reductions_along_an_axis(axis: str, tmp_path: Path) -> None:
    a = numbers(torch.int32)
    square = a.numpy().reshape(4, 4)
    along = {"0": 0, "1": 1, "-1": 1, "None": None}[axis]
    keep = ", keep_dims=True" if axis != "None" else ""
    for name, function in (("sum", np.sum), ("max", np.max), ("xor_sum", np.bitwise_xor.reduce)):
        reduced = f"tl.{name}(tl.reshape(a, 4, 4), {axis}{keep})"
        text = f"tl.reshape(tl.broadcast_to({reduced}, 4, 4), N)"
        with np.errstate(all="ignore"):
            right = (
                function(square, axis=along, keepdims=True, dtype=np.int32)
                if name == "sum"
                else (function(square, axis=along, keepdims=True))
            )
        found = value(text, tmp_path, a).numpy().reshape(4, 4)
        assert np.array_equal(found, np.broadcast_to(right, (4, 4))), name
    if axis != "None":
        text = f"tl.reshape(tl.associative_scan(tl.reshape(a, 4, 4), {axis}, product), N)"
        assert np.array_equal(
            value(text, tmp_path, a).numpy(), np.cumprod(square, axis=along, dtype=np.int32).ravel()
        )


def test_the_order_of_elements_is_kept(tmp_path: Path) -> None:
    """A function that combines need not commute."""
    a = numbers(torch.bfloat16)
    assert same(value("tl.reduce(a, 0, first)", tmp_path, a), a[0])
    assert same(value("tl.associative_scan(a, 0, first)", tmp_path, a), a[0])
    assert same(value("tl.associative_scan(a, 0, first, reverse=True)", tmp_path, a), a[-1])


def test_histogram(tmp_path: Path) -> None:
    for kind in (torch.int8, torch.uint8, torch.int32, torch.int64):
        a = torch.tensor([0, 1, 1, 3] * 4, dtype=kind)
        found = value("tl.histogram(a, 4)", tmp_path, a, size=4, kind=torch.int32)
        assert found.tolist() == [4, 8, 0, 4]
        masked = value("tl.histogram(a, 4, mask=i < 8)", tmp_path, a, size=4, kind=torch.int32)
        assert masked.tolist() == [2, 4, 0, 2]
        # a lane that a load left undefined belongs nowhere
        text = "u = tl.load(x + i, mask=i < 8); tl.histogram(u, 4{})"
        masked = value(text.format(", mask=i < 8"), tmp_path, a, size=4, kind=torch.int32)
        assert masked.tolist() == [2, 4, 0, 2]
        open_lanes = why(text.format(""), tmp_path, a, size=4, kind=torch.int32)
        assert "missing other" in open_lanes and "are stored" in open_lanes
