"""What chapter 16 shows of products and attention: each figure again, by tested code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("triton", reason="tern.workshop.triton needs Triton")

import torch

from tern.gpu import compile_for, measure
from tern.gpu.configurations import Configuration
from tern.gpu.ladder import Rung, rung
from tern.gpu.matmul_model import estimate
from tern.gpu.precision import product
from tern.gpu.tile_bound import tile_bound
from tern.workshop.triton import flash_attention, linear, matmul, split_k, tiled_matmul

HALVES = torch.zeros(512, 512, dtype=torch.float16)
LARGE = torch.randn(1024, 1024).half()
RAGGED = torch.randn(70, 90).half(), torch.randn(90, 50).half()


def by_tiles(tall: int, wide: int, warps: int) -> Callable:
    how = Configuration(tall, wide, 32, warps, 3, group=1)
    return lambda a, b: matmul(a, b, how)


@pytest.mark.parametrize(
    "tall, wide, warps, times", [(32, 32, 4, 21.7), (64, 64, 4, 11.0), (128, 256, 8, 4.3)]
)
def test_rungs_are_at_their_bounds(tall: int, wide: int, warps: int, times: float) -> None:
    bound = tile_bound((1024, 1024, 1024), (tall, wide), 2)
    found: Rung = rung(
        "tiles",
        by_tiles(tall, wide, warps),
        (LARGE, LARGE),
        [RAGGED],
        lambda a, b: a.double() @ b.double(),
        bound,
        ["sm_80"],
        max_programs=2,
    )
    assert found.over_bound == 1 and not found.faults and found.error < 1e-3
    assert round(found.bytes / found.minimum, 1) == times
    assert found.matrix_instructions("sm_80") and not found.worst("sm_80", "spills")


def test_the_spill_cliff() -> None:
    """The same tile: 64, 128, and 256 sums a thread."""
    spills = [
        compile_for("sm_80", by_tiles(128, 128, warps), HALVES, HALVES)[0].spills
        for warps in (8, 4, 2)
    ]
    assert spills[:2] == [0, 0] and spills[2] > 0


@pytest.mark.parametrize(
    "device, instruction", [("sm_90", "HGMMA"), ("sm_100", "UTCHMMA"), ("gfx942", "v_mfma")]
)
def test_what_a_dot_becomes(device: str, instruction: str) -> None:
    (build,) = compile_for(device, by_tiles(64, 64, 4), HALVES, HALVES)
    assert next(iter(build.matrix_instructions)).startswith(instruction) and not build.spills


def test_what_rounding_of_the_operands_costs() -> None:
    x, y = torch.randn(256, 256), torch.randn(256, 256)
    true = x.double() @ y.double()
    sums = [torch.from_numpy(product(x.numpy(), y.numpy(), each)) for each in ("ieee", "tf32x3")]
    sums += [
        x.to(kind).float() @ y.to(kind).float()
        for kind in (torch.float16, torch.bfloat16, torch.float8_e4m3fn)
    ]
    sums.insert(3, torch.from_numpy(product(x.numpy(), y.numpy(), "tf32")))
    errors = [((each - true).abs().max() / true.abs().max()).item() for each in sums]
    assert max(errors[:2]) < 5e-6 < errors[2] < errors[3] < errors[4] < errors[5] < 0.1


def test_what_unfused_and_fused_attention_request() -> None:
    """The first cell's numbers: 8,192 tokens of 64 numbers."""
    n, d = 8192, 64
    q = torch.randn(1, n, d).half()
    fused = measure(flash_attention, q, q, q, max_programs=2).bytes
    assert fused == 2 * d * (2 * n + 2 * n * (n // 64)) + 4 * n
    small = torch.randn(512, 64).half()
    scores = measure(tiled_matmul, small, small.T.contiguous())
    assert scores.bytes == tile_bound((512, 512, 64), (128, 256), 2)
    unfused = tile_bound((n, n, d), (128, 256), 2) + tile_bound((n, d, n), (128, 128), 2)
    assert round((unfused + 4 * n * n) / fused, 1) == 2.6
    assert round((8 * n * n + 8 * n * d) / (8 * n * d + 4 * n)) == 128


def test_what_an_epilogue_adds() -> None:
    scale = torch.randn(1024)
    one = measure(linear, LARGE, LARGE, scale, scale, LARGE, max_programs=2)
    alone = tile_bound((1024, 1024, 1024), (128, 128), 2)
    assert one.bytes == alone + 2 * 1024 * 1024 + 2 * 8 * 4 * 1024


def test_what_split_sums_cost() -> None:
    thin = torch.randn(64, 4096).half(), torch.randn(4096, 64).half()
    times = {
        (splits, order): measure(split_k, *thin, order, splits, max_programs=None)
        for splits in (1, 64)
        for order in (True, False)
    }
    found = {each: round(t.bytes / t.minimum, 2) for each, t in times.items()}
    assert found == {(1, True): 1.03, (1, False): 1.0, (64, True): 2.97, (64, False): 1.97}


def test_the_staircase() -> None:
    """108 tiles are one round, and 112 are two."""
    how = Configuration(128, 128, 32, 8, 3, 8)
    speed = [m / estimate((m, 2048, 2048), how, "sm_80").clocks for m in (768, 896)]
    assert speed[1] < 0.6 * speed[0]
