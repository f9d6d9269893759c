"""The model's terms by hand, what is legal, and that its choice compiles without a spill."""

from __future__ import annotations

import doctest
import itertools
import re
from fractions import Fraction

import pytest

from tern.gpu import matmul_space
from tern.gpu.configurations import Configuration
from tern.gpu.matmul_model import (
    LATENCY,
    LAUNCH,
    STEP,
    datasheet,
    estimate,
    flop_per_clock,
    memory_bytes,
    memory_bytes_per_clock,
)
from tern.gpu.matmul_space import candidates, choose, estimates, space, why_illegal
from tern.gpu.resources import registers_of, resources_of, shared_bytes, warp_grid
from tern.gpu.tile_bound import tile_bound
from tern.gpu.tile_order import dram_bytes_by_wave, dram_bytes_of_order

TILE = Configuration(128, 128, 32, warps=8, stages=3, group=1)
SHAPES = [(16, 16, 16), (1, 4096, 4096), (300, 500, 700), (4096, 4096, 4096), (64, 64, 65536)]


# ---- what a program needs ------------------------------------------------------------------------


def test_warps_share_a_tile_in_nearly_square_parts() -> None:
    grids = [warp_grid(Configuration(m, n, 32, warps)) for m, n, warps in
             [(128, 128, 8), (64, 64, 4), (128, 256, 8), (16, 128, 4), (64, 64, 1)]]  # fmt: skip
    assert grids == [(4, 2), (2, 2), (2, 4), (1, 4), (1, 1)]


def test_what_a_program_needs_by_hand() -> None:
    step = (128 + 128) * 32 * 2
    assert shared_bytes(TILE, "sm_80", 2) == 2 * step  # one of three stages is in registers
    assert 3 * step <= shared_bytes(TILE, "sm_90", 2) <= 3 * step + 64
    assert shared_bytes(TILE, "sm_75", 2) == 128 * 128 * 2  # the result's tile
    # 64 sums; operands of 32 x 32 and 32 x 64 halves among 32 threads; 24 more.
    assert registers_of(TILE, "sm_80", 2) == 64 + (32 + 64) * 32 * 2 // 128 + 24
    assert registers_of(TILE, "sm_90", 2) == 64 + 16 + 24
    needs = resources_of(TILE, "sm_80", 2)
    assert (needs.shared, needs.registers, needs.resident) == (32768, 136, 1)
    two_warps = Configuration(128, 128, 32, warps=2)
    assert resources_of(two_warps, "sm_80", 2).resident == 0  # 256 sums a thread


# ---- the model's terms ---------------------------------------------------------------------------


def test_the_terms_by_hand() -> None:
    """256 x 256 x 64 in four tiles of two steps, one program for each of four multiprocessors."""
    found = estimate((256, 256, 64), TILE, "sm_80")
    assert (found.programs, found.rounds) == (4, 1)
    assert Fraction(found.idle).limit_denominator(1000) == Fraction(104, 108)
    # Each operand is 32 KiB, and requested twice; the result has 128 KiB.
    assert found.requested == (4 * 32 + 128) << 10 and found.from_memory == (2 * 32 + 128) << 10
    assert found.compute == 2 * 128 * 128 * 32 / 2048
    assert found.transfer == 256 * 32 * 2 / 48
    assert found.feed == 8 * (32 + 64) * 32 * 2 / 128
    assert found.wait == LATENCY / 2  # two steps ahead, one program
    assert found.clocks == 2 * (512 + STEP) + LATENCY + 512


def test_the_last_round_is_not_full() -> None:
    """110 tiles on 108 multiprocessors take two rounds, and the second one has two programs."""
    one, two = (
        estimate((128 * down, 128 * across, 4096), TILE, "sm_80")
        for down, across in ((9, 12), (10, 11))
    )
    assert (one.rounds, one.idle) == (1, 0) and (two.rounds, two.idle) == (2, 1 - 110 / 216)
    assert two.clocks == pytest.approx(2 * one.clocks)


def test_more_stages_and_more_programs_hide_a_wait() -> None:
    small = Configuration(32, 32, 32, 4, stages=2, group=1)
    waits = []
    for how, tiles in ((small, 1), (small, 4 * 108), (Configuration(32, 32, 32, 4, 4, 1), 1)):
        waits.append(estimate((32, 32 * tiles, 1024), how, "sm_80").wait)
    assert waits == [LATENCY, LATENCY / 4, LATENCY / 3]


def test_a_thin_product_waits_for_memory() -> None:
    """One row: every number of b is used once, and memory is the bound, not the tile."""
    found = estimate((1, 8192, 8192), Configuration(16, 64, 64, 4, 4, 1), "sm_80")
    assert found.from_memory == 2 * (8192 * 8192 + 2 * 8192)
    assert found.clocks == found.from_memory / memory_bytes_per_clock("sm_80")


def test_split_sums_cost_a_launch_and_their_parts() -> None:
    shape, how = (64, 64, 65536), Configuration(64, 64, 64, 4, 3, 1)
    whole, split = (
        estimate(shape, Configuration(64, 64, 64, 4, 3, 1, splits), "sm_80") for splits in (1, 64)
    )
    assert (whole.programs, split.programs) == (1, 64)
    parts = 2 * 64 * 64 * 64 * 4 / memory_bytes_per_clock("sm_80")
    steps, step = 65536 // 64 // 64, max(split.compute, split.transfer, split.feed, split.wait)
    busy = steps * (step + STEP) + LATENCY + split.compute
    memory = split.from_memory / memory_bytes_per_clock("sm_80")
    assert split.clocks == pytest.approx(max(busy, memory) + LAUNCH + parts)
    assert split.clocks < whole.clocks / 10 and how == whole.how


def test_rates() -> None:
    assert flop_per_clock("sm_80", 2) == 2048 and flop_per_clock("sm_90", 1) == 8192
    assert flop_per_clock("sm_80", 4, "tf32") == 1024
    for device in ("sm_75", "sm_80"):  # 64 units that multiply and add
        assert flop_per_clock(device, 4, "ieee") == pytest.approx(128, rel=0.01)
    assert flop_per_clock("sm_75", 2) < 130  # no tensor cores through Triton
    assert memory_bytes_per_clock("sm_90") == pytest.approx(3350e9 / 1830e6)
    assert datasheet("sm_100").name.startswith("B200")


# ---- bytes ---------------------------------------------------------------------------------------


def test_the_tile_bound() -> None:
    assert (
        tile_bound((2048, 2048, 2048), (128, 64), 2)
        == 2 * 2048**3 * (Fraction(1, 128) + Fraction(1, 64)) + 2 * 2048**2
    )
    assert tile_bound((100, 90, 70), (32, 32), 2, 4) == 2 * 70 * (3 * 100 + 4 * 90) + 4 * 9000
    assert tile_bound((1, 1, 1), (128, 128), 4) == 12


def test_memory_bytes_of_a_band() -> None:
    """16 programs at once: 1 x 16 tiles load 17 sides, 4 x 4 of them 8."""
    shape = (1024, 1024, 1024)
    row, band = (
        memory_bytes(shape, Configuration(32, 32, 32, group=group), 16, 2) - 2 * 1024**2
        for group in (1, 4)
    )
    side, waves = 32 * 1024 * 2, 64
    assert (row, band) == (17 * side * waves, 8 * side * waves)
    least = memory_bytes(shape, Configuration(32, 32, 32, group=4), 1024, 2)
    assert least == 2 * 3 * 1024**2


# ---- the space, and the choice -------------------------------------------------------------------


@pytest.mark.parametrize(
    "how, why",
    [
        (Configuration(128, 128, 8), "16 at least"),
        (Configuration(96, 128, 32), "a power of two"),
        (Configuration(64, 64, 32, warps=3), "3 warps"),
        (Configuration(64, 64, 32, splits=0), "begin at 1"),
        (Configuration(128, 256, 128, stages=4), "bytes of shared memory of 166,912"),
        (Configuration(256, 256, 16, warps=4, stages=2), "it would spill"),
        (Configuration(2048, 1024, 16, warps=32), "2\\*\\*20 elements"),
        (TILE, "^$"),
    ],
)
def test_what_is_illegal(how: Configuration, why: str) -> None:
    assert re.search(why, why_illegal(how, "sm_80"))


@pytest.mark.parametrize("device", ["sm_75", "sm_80", "sm_90", "sm_100"])
def test_the_choice_is_legal_best_and_always_the_same(device: str) -> None:
    assert 50 < len(space(device)) < 1000
    for shape, split in itertools.product(SHAPES, (False, True)):
        chosen = choose(shape, device, split=split)
        assert not why_illegal(chosen, device)
        assert chosen == choose(shape, device, split=split)
        best = min(each.clocks for each in estimates(shape, device, split=split))
        assert estimate(shape, chosen, device).clocks == best
        first = candidates(shape, device, 3, split=split)
        assert first[0] == chosen and len(set(first)) == len(first) <= 3
        assert chosen.splits == 1 or split


def test_what_the_choice_depends_on() -> None:
    assert choose((64, 64, 65536), "sm_80", split=True).splits > 8
    large, small = choose((8192, 8192, 8192), "sm_80"), choose((256, 256, 4096), "sm_80")
    assert large.block_m * large.block_n > small.block_m * small.block_n
    assert choose((16, 4096, 4096), "sm_80").block_m == 16


def test_the_example_in_the_contract() -> None:
    found = doctest.testmod(matmul_space)
    assert found.attempted == 1 and found.failed == 0


# ---- what the compiler makes of it ---------------------------------------------------------------


@pytest.mark.parametrize("device", ["sm_80", "sm_90"])
def test_the_choice_compiles_as_the_model_expects(device: str) -> None:
    """Shared memory to the byte or nearly so, tensor cores, and no spill."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("triton")
    from tern.gpu import compile_for
    from tern.workshop.triton import matmul

    for shape in {"sm_80": [(4096, 4096, 4096), (512, 512, 4096)]}.get(device, [(4096,) * 3]):
        m, n, k = shape
        how = choose(shape, device)
        a, b = torch.empty(m, k, dtype=torch.float16), torch.empty(k, n, dtype=torch.float16)
        (build,) = compile_for(device, lambda a, b: matmul(a, b, how), a, b)  # noqa: B023
        needs = resources_of(how, device, 2)
        assert build.matrix_instructions and not build.spills and build.fits
        assert needs.shared - 64 <= build.shared <= needs.shared
        assert 0.6 < build.registers / needs.registers < 1.3


# ---- the toy L2 ----------------------------------------------------------------------------------


def test_the_order_of_programs_by_the_toy_l2() -> None:
    """512 x 512 x 512 in tiles of 32, 16 programs at once, 256 KiB: bands of 8 are best."""
    pytest.importorskip("triton")
    from tern.workshop.triton.grouped import grouped

    found = [
        dram_bytes_of_order((512,) * 3, Configuration(32, 32, 64, group=group), grouped.fn)
        for group in (1, 2, 4, 8, 16)
    ]
    assert [round(each / 1e6, 1) for each in found] == [8.9, 5.2, 3.3, 2.5, 9.4]
    assert found[3] < 0.45 * found[0]
    how = Configuration(32, 32, 64, group=8)
    waves = dram_bytes_by_wave((512,) * 3, how, grouped.fn)
    assert sum(waves) == found[3] and len(waves) == 16
    assert waves[0] == 2 * 10 * 32 * 512  # 8 strips of a, and 2 of b


def test_the_toy_l2_agrees_with_the_meter() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("triton")
    from tern.gpu import dram_bytes, measure
    from tern.workshop.triton import matmul
    from tern.workshop.triton.grouped import grouped

    a, b = torch.randn(192, 128).half(), torch.randn(128, 128).half()
    for group in (1, 2):
        how = Configuration(32, 32, 64, group=group)
        traffic = measure(lambda a, b: matmul(a, b, how), a, b, trace=True)  # noqa: B023
        counted = dram_bytes(traffic, size=16 << 10, at_once=4)
        assert counted == dram_bytes_of_order(
            (192, 128, 128), how, grouped.fn, cache_bytes=16 << 10, at_once=4
        )
    with pytest.raises(ValueError, match="not made of lines"):
        dram_bytes_of_order((64, 64, 100), TILE, grouped.fn)
