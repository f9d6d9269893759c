"""What the meter counts, exactly; what it leaves as it was; and the order of known variants."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch
import triton
import triton.language as tl

from tern.gpu import dram_bytes, measure
from tern.gpu.formats import narrow, widen
from tern.gpu.precision import to_tf32
from tern.gpu.sectors import count_sectors
from tern.gpu.tally import Moved, Plan, Site, Tally, sample
from tests.tern.gpu import faulty, kernels

# ---- the table of known variants -----------------------------------------------------------------


@pytest.fixture(scope="module")
def wide() -> torch.Tensor:
    return torch.randn(8192, 1024)


@pytest.fixture(scope="module")
def square() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(2048, 2048).half(), torch.randn(2048, 2048).half()


@pytest.mark.rotates(3)
@pytest.mark.parametrize(
    "variant, bytes, sector_bytes",
    [
        ("fused", 1, 1),
        ("online", Fraction(3, 2), Fraction(3, 2)),
        ("three_pass", 2, 2),
        ("unfused", 3 + Fraction(2, 1024), 3 + Fraction(16, 1024)),
        ("column_strided", 2, 16),
    ],
)
def test_softmax_variants(
    wide: torch.Tensor, variant: str, bytes: Fraction, sector_bytes: Fraction
) -> None:
    max_programs = 3 if variant == "column_strided" else 4
    traffic = measure(getattr(kernels, variant), wide, max_programs=max_programs)
    assert not traffic.faults and traffic.minimum == 2 * wide.numel() * 4
    assert Fraction(traffic.bytes, traffic.minimum) == bytes
    assert Fraction(traffic.sector_bytes, traffic.minimum) == sector_bytes


@pytest.mark.rotates(3)
@pytest.mark.parametrize("tile", [16, 32, 64, 128])
def test_matmul_tiles(square: tuple, tile: int) -> None:
    """2·m·n·k·(1/tile) numbers are loaded, and the minimum is 3·n²."""
    traffic = measure(lambda a, b: kernels.tiled(a, b, tile), *square, max_programs=3)
    ratio = Fraction(2 * 2048 // tile + 1, 3)  # 85.67, 43, 21.67, 11
    assert Fraction(traffic.bytes, traffic.minimum) == ratio
    assert Fraction(traffic.sector_bytes, traffic.minimum) == ratio
    assert traffic.dot_flops == 2 * 2048**3
    assert not traffic.faults


@pytest.mark.rotates(3)
def test_matmul_without_dot(square: tuple) -> None:
    traffic = measure(kernels.rowwise, *square, max_programs=3)
    assert Fraction(traffic.bytes, traffic.minimum) == Fraction(2048 + 16 + 1, 3)  # 688.3
    assert Fraction(traffic.sector_bytes, traffic.minimum) == Fraction(
        2048 + 16 * 16 + 1, 3
    )  # 768.3
    assert traffic.dot_flops == 0


def test_layer_norm_reads_once_or_twice() -> None:
    x, weight, bias = torch.randn(50, 256), torch.randn(256), torch.randn(256)
    expected = torch.nn.functional.layer_norm(x, (256,), weight, bias)
    one, two = (
        measure(f, x, weight, bias) for f in (kernels.layer_norm, kernels.layer_norm_two_pass)
    )
    for traffic in (one, two):
        torch.testing.assert_close(traffic.results[0], expected, rtol=1e-4, atol=1e-5)
        assert not traffic.faults
    assert two.loaded - one.loaded == x.numel() * 4


def test_grouping_tiles_spares_memory_up_to_a_point() -> None:
    """Row by row, each tile loads all of b; groups of rows share it, unless they are too high."""
    a, b = torch.randn(256, 256).half(), torch.randn(256, 256).half()
    bytes = {}
    for group in (1, 2, 8):
        traffic = measure(lambda a, b: kernels.tiled(a, b, 32, 64, group), a, b, trace=True)  # noqa: B023
        assert not traffic.faults
        bytes[group] = dram_bytes(traffic, size=64 << 10, at_once=4)
    assert bytes[2] < bytes[1] and bytes[2] < bytes[8]


# ---- single counts -------------------------------------------------------------------------------


def test_add_is_counted_to_the_byte() -> None:
    for n in (1, 1000, 1024, 1025):
        x, y = torch.randn(n), torch.randn(n)
        traffic = measure(kernels.add, x, y)
        assert torch.equal(traffic.results[0], x + y)
        assert (traffic.loaded, traffic.stored, traffic.minimum) == (8 * n, 4 * n, 12 * n)
        assert traffic.sector_bytes == 3 * 32 * -(-n // 8)
        assert traffic.programs == -(-n // 1024) and not traffic.sampled
        assert traffic.float_operations == 1024 * traffic.programs


def test_every_line_has_its_own_counts() -> None:
    traffic = measure(kernels.fused, torch.randn(4, 100))
    load, store = traffic.launches[0].accesses
    assert (load.kind, load.tensor, load.bytes, load.file) == (
        "load",
        "x",
        1600,
        "kernels.py",
    )
    assert (store.kind, store.tensor, store.bytes) == ("store", "out", 1600)
    assert store.line == load.line + 2


def test_atomics_are_counted_apart() -> None:
    from tests.tern.gpu.faulty import atomic

    traffic = measure(atomic, torch.ones(1000))
    assert (traffic.loaded, traffic.stored, traffic.atomic) == (4000, 0, 16)
    assert traffic.results[0].item() == 1000


@pytest.mark.parametrize(
    "step, size, sectors", [(4, 4, 4), (8, 4, 8), (1024, 4, 32), (2, 2, 2), (1, 1, 1), (0, 4, 1)]
)
def test_sectors_of_one_warp(step: int, size: int, sectors: int) -> None:
    addresses = np.uint64(1 << 20) + np.arange(32, dtype=np.uint64) * np.uint64(step)
    assert count_sectors(addresses, np.ones(32, bool), size) == sectors
    assert count_sectors(addresses, np.zeros(32, bool), size) == 0


def test_lanes_run_along_the_axis_that_is_contiguous() -> None:
    rows, columns = np.arange(32, dtype=np.uint64)[:, None], np.arange(32, dtype=np.uint64)
    for addresses in (rows * 4096 + columns * 4, rows * 4 + columns * 4096):
        assert count_sectors(addresses, np.ones((32, 32), bool), 4) == 32 * 4
    shifted = np.uint64(20) + np.arange(64, dtype=np.uint64) * np.uint64(4)
    assert count_sectors(shifted, np.ones(64, bool), 4) == 10, "each warp touches a sector more"


def test_a_sample_has_both_ends_and_one_of_each_stretch() -> None:
    assert sample(5, 10) == list(range(5)) and sample(5, None) == list(range(5))
    chosen = sample(1000, 12)
    assert chosen == sample(1000, 12) and len(chosen) == 12
    assert chosen[0] == 0 and chosen[-1] == 999
    bounds = [1 + 998 * each // 10 for each in range(11)]
    assert all(low <= n < high for low, n, high in zip(bounds, chosen[1:-1], bounds[1:]))
    assert chosen != sample(1000, 12, seed=1), "another sample in another measurement"


def test_a_plan_of_a_sample_weighs_the_programs_between_the_ends() -> None:
    full, part = Plan.of((10, 4, 25), None), Plan.of((10, 4, 25), 12)
    assert not full.sampled and full.weight == 1 and full.chosen == tuple(range(1000))
    assert part.sampled and part.weight == Fraction(998, 10)
    assert (
        part.index(0) == (0, 0, 0) and part.index(999) == (9, 3, 24) and part.index(53) == (3, 1, 1)
    )
    assert [number for number in part.chosen if part.is_edge(number)] == [0, 999]
    assert part.fits and not Plan.of((1, 65_536, 1), 3).fits


def test_tallies_add_up_and_scale() -> None:
    load, store = Site("load", "x", "f.py", 3), Site("store", "out", "f.py", 4)
    one, two = Tally(programs=1, dot_flops=5), Tally(programs=1)
    one.move(load, 128, 4)
    two.move(load, 64, 2)
    two.move(store, 4, 1)
    one.add(two)
    assert one.scaled(Fraction(3)) == Tally(
        programs=6, dot_flops=15, moved={load: Moved(576, 18), store: Moved(12, 3)}
    )
    assert one.total("load") == Moved(192, 6) and one.total("atomic") == Moved()


def test_a_sample_counts_the_ragged_end_once() -> None:
    x = torch.randn(100 * 1024 - 1000)
    full, part = (measure(kernels.add, x, x, max_programs=limit) for limit in (None, 5))
    assert part.sampled and (part.loaded, part.stored) == (full.loaded, full.stored)
    assert part.programs == full.programs == 100 and part.launches[0].ran == 5


def test_what_is_written_to_the_results_is_counted_apart() -> None:
    x = torch.randn(60, 300)
    assert measure(kernels.add, x, x).written == x.nbytes
    assert measure(kernels.add, x, x, max_programs=5).written == x.nbytes, "scaled up"
    unfused = measure(kernels.unfused, x)
    assert unfused.written == x.nbytes < unfused.stored, "its launches keep something for the next"


def test_counts_are_the_same_on_every_run() -> None:
    one, two = (measure(kernels.online, torch.randn(9, 300)) for _ in range(2))
    assert one == two


# ---- what upstream's interpreter gets wrong ------------------------------------------------------


def test_bf16_dot_is_right() -> None:
    a, b = torch.randn(64, 64).bfloat16(), torch.randn(64, 64).bfloat16()
    traffic = measure(lambda a, b: kernels.tiled(a, b, 32), a, b)
    expected = (a.float() @ b.float()).bfloat16()
    torch.testing.assert_close(traffic.results[0], expected, rtol=8e-3, atol=1e-2)


@triton.jit
def axpy_kernel(x, y, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    left, right = tl.load(x + at, mask=at < n), tl.load(y + at, mask=at < n)
    chosen = tl.where(left > right, left * 2.0 + right, -right)
    tl.store(out + at, tl.maximum(chosen, left), mask=at < n)


def axpy(x, y) -> torch.Tensor:
    out = torch.empty_like(x)
    axpy_kernel[(triton.cdiv(x.numel(), 128),)](x, y, out, x.numel(), BLOCK=128)
    return out


def test_bf16_arithmetic_is_right() -> None:
    x, y = torch.randn(300).bfloat16(), torch.randn(300).bfloat16()
    traffic = measure(axpy, x, y)
    expected = torch.maximum(torch.where(x > y, x * 2.0 + y, -y), x)
    assert not traffic.faults and torch.equal(traffic.results[0], expected)
    assert traffic.loaded == 2 * 2 * 300


def test_tf32_is_emulated_when_asked_for() -> None:
    a, b = torch.randn(64, 64), torch.randn(64, 64)
    exact, rounded = (
        measure(lambda a, b: kernels.tiled(a, b, 32), a, b, tf32=tf32).results[0]
        for tf32 in (False, True)
    )
    assert (exact - a @ b).abs().max() < 1e-4
    assert 1e-3 < (rounded - a @ b).abs().max() < 1e-1


def test_formats() -> None:
    values = torch.cat([torch.randn(1000), torch.tensor([0.0, -0.0, torch.inf, torch.nan, 1e-40])])
    bits = values.bfloat16().view(torch.int16).numpy().view(np.uint16)
    ours = narrow(values.numpy())
    assert np.array_equal(widen(ours), widen(bits), equal_nan=True)
    assert to_tf32(np.float32([1 + 2**-10, 1 + 2**-11])).tolist() == [1 + 2**-10, 1]


@triton.jit
def methods_kernel(x, out, N: tl.constexpr) -> None:
    rows, columns = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    block = tl.load(x + rows * N + columns)
    total = block.sum(axis=0) + tl.cumsum(block, axis=0).max(axis=0) + tl.argmax(block.T, axis=1)
    tl.store(out + tl.arange(0, N), total)


def test_methods_scans_and_transposes() -> None:
    def launch(x):
        out = x.new_empty(16)
        methods_kernel[(1,)](x, out, N=16)
        return out

    x = torch.randn(16, 16)
    traffic = measure(launch, x)
    assert not traffic.faults
    expected = x.sum(0) + x.cumsum(0).max(0).values + x.argmax(0)
    torch.testing.assert_close(traffic.results[0], expected)


@triton.autotune(configs=[triton.Config({"BLOCK": 64}), triton.Config({"BLOCK": 128})], key=["n"])
@triton.heuristics({"EVEN": lambda arguments: arguments["n"] % 64 == 0})
@triton.jit
def tuned_kernel(x, out, n, BLOCK: tl.constexpr, EVEN: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if EVEN:
        tl.store(out + at, tl.load(x + at))
    else:
        tl.store(out + at, tl.load(x + at, mask=at < n), mask=at < n)


def test_an_autotuned_kernel_runs_its_first_configuration() -> None:
    def launch(x):
        out = torch.empty_like(x)
        tuned_kernel[lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)](x, out, x.numel())
        return out

    for n in (1000, 1024):
        traffic = measure(launch, torch.randn(n))
        assert not traffic.faults and traffic.programs == 16


# ---- what is left as it was ----------------------------------------------------------------------


def test_everything_is_put_back() -> None:
    from triton.runtime.jit import JITFunction

    def state() -> list:
        language = {
            name: vars(module).copy()
            for name, module in (("tl", tl), ("core", tl.core), ("math", tl.math))
        }
        classes = [dict(vars(each)) for each in (JITFunction, tl.tensor)]
        return [language, classes, torch.empty, dict(vars(kernels))]

    before = state()
    measure(kernels.fused, torch.randn(3, 5))
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)
    assert state() == before
    with pytest.raises(RuntimeError):
        kernels.fused_kernel(1)


def test_importing_the_package_imports_neither_triton_nor_torch() -> None:
    code = "import sys, tern.gpu; print(sorted({'torch', 'triton', 'numpy'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_float_argument_has_32_bits() -> None:
    traffic = measure(faulty.scalars, torch.ones(4), 1e8, 1.0)
    assert not traffic.faults and traffic.results[0].tolist() == [0.0] * 4 + [1.0] * 4
    traffic = measure(faulty.scalars, torch.ones(4), 1.0, 0.0)
    assert not traffic.faults and traffic.results[0].tolist() == [0.0] * 4 + [torch.inf] * 4


@triton.jit
def copy_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n), mask=at < n)


def test_a_storage_keeps_its_state_in_other_units() -> None:
    """Written as float32, read as int16, then as float32 again: nothing is forgotten."""

    def launch(x):
        out = torch.empty_like(x)
        copy_kernel[(1,)](x, out, x.numel(), BLOCK=256)
        halves = out.view(torch.int16)
        again, whole = torch.empty_like(halves), torch.empty_like(x)
        copy_kernel[(1,)](halves, again, halves.numel(), BLOCK=256)
        copy_kernel[(1,)](out, whole, x.numel(), BLOCK=256)
        return out, again, whole

    x = torch.ones(100)
    x.view(torch.int32)[:] = 0x7FFF7FFF  # what is not written yet looks like this
    assert not measure(launch, x).faults
    assert not measure(launch, torch.ones(100)).faults
