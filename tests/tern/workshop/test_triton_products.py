"""Week 16's kernels: matrix products and attention, against float64, and their counts."""

from __future__ import annotations

import doctest
import functools
import math
import random

import pytest

pytest.importorskip("triton", reason="tern.workshop.triton needs Triton")

import torch

from tern.gpu import Traffic, compile_for, measure
from tern.gpu.configurations import Configuration
from tern.gpu.matmul_model import estimate
from tern.gpu.matmul_space import estimates, why_illegal
from tern.gpu.tile_bound import tile_bound
from tern.workshop.triton import (
    autotune,
    flash_attention,
    grouped_order,
    linear,
    matmul,
    split_k,
    tiled_matmul,
)
from tern.workshop.triton.grouped import grouped

TILE = Configuration(32, 32, 32, warps=4, stages=2, group=2)
SIZES = [(1, 1, 1), (32, 64, 32), (70, 33, 90), (100, 5, 40)]


def counted(launcher, *arguments, **how) -> Traffic:
    traffic = measure(launcher, *arguments, max_programs=None, **how)
    assert not traffic.faults, list(map(str, traffic.faults))
    return traffic


def close(result: torch.Tensor, expected: torch.Tensor, rtol: float = 1e-5) -> bool:
    size = expected.abs().max().item()
    return bool(((result.double() - expected).abs() <= rtol * max(size, 1e-30)).all())


# ---- the matrix product --------------------------------------------------------------------------


@pytest.mark.parametrize("rows, columns", [(1, 1), (4, 4), (5, 3), (7, 11)])
@pytest.mark.parametrize("group", [1, 2, 4, 16])
def test_an_order_takes_every_tile_once(rows: int, columns: int, group: int) -> None:
    tiles = [grouped_order(number, rows, columns, group) for number in range(rows * columns)]
    assert tiles == [grouped.fn(number, rows, columns, group) for number in range(rows * columns)]
    assert sorted(tiles) == [(row, column) for row in range(rows) for column in range(columns)]
    if group == 1:
        assert tiles == sorted(tiles)
    first = tiles[: min(group, rows) * columns]
    assert {row for row, _ in first} == set(range(min(group, rows)))


@pytest.mark.parametrize("m, n, k", SIZES)
@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32"])
def test_matmul(m: int, n: int, k: int, kind: str) -> None:
    a, b = (torch.randn(shape).to(getattr(torch, kind)) for shape in ((m, k), (k, n)))
    traffic = counted(lambda a, b: matmul(a, b, TILE), a, b)
    rtol = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 1e-5}[kind]
    assert traffic.results[0].dtype == a.dtype
    assert close(traffic.results[0], a.double() @ b.double(), rtol)
    assert traffic.bytes == tile_bound((m, n, k), (32, 32), a.element_size())


@pytest.mark.parametrize("m, n, k", [*SIZES, (130, 300, 40), (3, 4, 0)])
def test_the_plain_tiles(m: int, n: int, k: int) -> None:
    a, b = torch.randn(m, k).half(), torch.randn(k, n).half()
    traffic = counted(tiled_matmul, a, b)
    assert close(traffic.results[0], a.double() @ b.double(), 1e-3)
    assert traffic.bytes == tile_bound((m, n, k), (128, 256 if n >= 256 else 128), 2)


def test_matmul_by_tf32() -> None:
    a, b = torch.randn(64, 64), torch.randn(64, 64)
    errors = []
    for precision in ("ieee", "tf32x3", "tf32"):
        traffic = counted(lambda a, b: matmul(a, b, TILE, precision), a, b, tf32=True)  # noqa: B023
        errors.append((traffic.results[0] - a.double() @ b.double()).abs().max().item())
    assert errors[0] < 2e-5 and errors[1] < 2e-5 and 1e-3 < errors[2] < 1e-1


def test_nothing() -> None:
    traffic = counted(lambda a, b: matmul(a, b, TILE), torch.ones(3, 0), torch.ones(0, 4))
    assert torch.equal(traffic.results[0], torch.zeros(3, 4))


# ---- split sums ----------------------------------------------------------------------------------


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("m, n, k", [(1, 1, 1), (20, 70, 2000), (64, 33, 96)])
def test_split_k(m: int, n: int, k: int, deterministic: bool) -> None:
    a, b = torch.randn(m, k), torch.randn(k, n)
    traffic = counted(lambda a, b: split_k(a, b, deterministic, 7), a, b)
    assert close(traffic.results[0], a.double() @ b.double())
    steps = -(-k // 64)
    parts = -(-steps // -(-steps // min(7, steps)))
    assert traffic.launches[0].grid == (-(-n // 64), -(-m // 64), parts)
    operands = tile_bound((m, n, k), (64, 64), 4) - 4 * m * n
    if deterministic:
        assert len(traffic.launches) == 2 and not traffic.atomic
        assert traffic.bytes == operands + 4 * m * n * (2 * parts + 1)
    else:
        assert len(traffic.launches) == 1 and traffic.atomic == 4 * m * n * parts
        assert traffic.loaded == operands and not traffic.stored


def test_a_thin_product_occupies_a_whole_gpu() -> None:
    a, b = torch.ones(64, 65536, dtype=torch.float16), torch.ones(65536, 64, dtype=torch.float16)
    traffic = measure(lambda a, b: split_k(a, b, deterministic=False), a, b, max_programs=3)
    assert traffic.programs >= 2 * 108 and not traffic.faults
    one = measure(matmul, a[:, :1024].contiguous(), b[:1024].contiguous(), max_programs=3)
    assert one.programs == 1


def test_parts_are_added_in_one_order() -> None:
    """Large parts that cancel, and a small one: the order of additions shows in the sum."""
    a, b = torch.ones(1, 192), torch.ones(192, 1)
    b[:64], b[64:128], b[128:] = 1e8, -1e8, 1e-3
    found = {counted(split_k, a, b).results[0].item() for _ in range(3)}
    assert len(found) == 1


# ---- an epilogue ---------------------------------------------------------------------------------


@pytest.mark.parametrize("m, n, k", SIZES)
def test_linear(m: int, n: int, k: int) -> None:
    x, weight, residual = torch.randn(m, k), torch.randn(k, n), torch.randn(m, n)
    scale, bias = torch.randn(m), torch.randn(n)
    traffic = counted(linear, x, weight, scale, bias, residual)
    wide = [each.double() for each in (x, weight, scale, bias, residual)]
    expected = torch.relu(wide[2][:, None] * (wide[0] @ wide[1]) + wide[3]) + wide[4]
    assert close(traffic.results[0], expected) and len(traffic.launches) == 1
    down, across = -(-m // 64), -(-n // 64)
    bound = tile_bound((m, n, k), (64, 64), 4)
    assert traffic.bytes == bound + 4 * (m * n + across * m + down * n)
    if down == across == 1:
        assert traffic.bytes == traffic.minimum


# ---- attention -----------------------------------------------------------------------------------


def attention(q, k, v, seen=None) -> tuple[torch.Tensor, torch.Tensor]:
    """In float64, and the log-sum-exp; `seen` is bool[n, m]. Rows that see nothing are zero."""
    k, v = (each.double().repeat_interleave(len(q) // len(k), 0) for each in (k, v))
    scores = q.double() @ k.transpose(1, 2) / math.sqrt(q.shape[2])
    if seen is not None:
        scores = scores.masked_fill(~seen, -math.inf)
    lse = torch.logsumexp(scores, dim=2)
    weights = torch.exp(scores - torch.where(lse == -math.inf, 0.0, lse)[..., None])
    return weights @ v, lse


def visible(n: int, m: int, window: int = 0) -> torch.Tensor:
    distance = torch.arange(n)[:, None] + (m - n) - torch.arange(m)[None, :]
    return (distance >= 0) & (distance < window) if window else distance >= 0


@pytest.mark.parametrize("n, m, d", [(1, 1, 16), (50, 70, 20), (64, 64, 64), (40, 24, 32)])
@pytest.mark.parametrize("how", [{}, {"causal": True}, {"window": 13}])
def test_flash_attention(n: int, m: int, d: int, how: dict) -> None:
    """Of 40 queries and 24 keys, the first 16 queries see no key if each sees only earlier ones."""
    q, k, v = torch.randn(4, n, d), torch.randn(2, m, d), torch.randn(2, m, d)
    seen = visible(n, m, how.get("window", 0)) if how else None
    traffic = counted(lambda *x: flash_attention(*x, **how, block_m=16, block_n=16), q, k, v)
    (result, lse), (expected, sums) = traffic.results, attention(q, k, v, seen)
    assert not result.isnan().any() and close(result, expected, 1e-5)
    empty = sums == -math.inf
    assert torch.equal(lse == -math.inf, empty) and (result[empty] == 0).all()
    assert torch.allclose(lse[~empty].double(), sums[~empty], rtol=1e-5, atol=1e-5)
    assert bool(how) == empty.any() if n > m else not empty.any()


def test_outliers_do_not_overflow() -> None:
    q, k, v = torch.randn(1, 32, 16), torch.randn(1, 32, 16), torch.randn(1, 32, 16)
    q[0, 3] *= 1e4
    k[0, 20] *= 1e4
    result = counted(lambda *x: flash_attention(*x, block_m=16, block_n=16), q, k, v).results[0]
    assert result.isfinite().all() and close(result, attention(q, k, v)[0], 1e-4)


@pytest.mark.parametrize("block_m, block_n", [(16, 16), (32, 16), (16, 32)])
def test_what_attention_loads(block_m: int, block_n: int) -> None:
    """Each tile of queries loads the keys and values that some of its queries see, in blocks; no
    score is in memory, and nothing is loaded twice by one tile.
    """
    heads, n, d = 2, 96, 16
    q, k, v = (torch.randn(heads, n, d) for _ in range(3))
    tiles, row = -(-n // block_m), 4 * d

    def blocks(first: int, last: int) -> int:
        """Keys in the blocks of those from first to last."""
        return min(-(-last // block_n) * block_n, n) - first // block_n * block_n

    for how, keys in (
        ({}, tiles * n),
        ({"causal": True}, sum(blocks(0, (t + 1) * block_m) for t in range(tiles))),
        (
            {"window": 20},
            sum(blocks(max(t * block_m - 19, 0), min((t + 1) * block_m, n)) for t in range(tiles)),
        ),
    ):
        launcher = functools.partial(flash_attention, **how, block_m=block_m, block_n=block_n)
        traffic = counted(launcher, q, k, v)
        assert traffic.loaded == heads * row * (n + 2 * keys)
        assert traffic.stored == heads * n * (row + 4)


def test_heads_that_share_keys_load_them_each() -> None:
    q, k = torch.randn(8, 32, 16), torch.randn(2, 32, 16)
    traffic = counted(lambda *x: flash_attention(*x, block_m=32, block_n=32), q, k, k)
    assert traffic.loaded == 4 * 16 * 32 * (8 + 2 * 8)
    assert close(traffic.results[0], attention(q, k, k)[0])


def test_the_examples_in_the_contracts() -> None:
    for launcher in (
        autotune,
        matmul,
        tiled_matmul,
        grouped_order,
        split_k,
        linear,
        flash_attention,
    ):
        names = {"measure": measure, "torch": torch, launcher.__name__: launcher}
        (example,) = doctest.DocTestFinder(recurse=False).find(
            launcher.__wrapped__, launcher.__name__, globs=names
        )
        assert example.examples and doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize("device, instruction", [("sm_80", "HMMA"), ("sm_90", "HGMMA")])
def test_machine_code(device: str, instruction: str) -> None:
    a = torch.zeros(512, 512, dtype=torch.float16)
    q = a.reshape(8, 512, 64)
    for launcher, arguments in (
        (matmul, (a, a)),
        (tiled_matmul, (a, a)),
        (lambda *given: flash_attention(*given, causal=True), (q, q, q)),
        (linear, (a, a, a[0].float(), a[0].float(), a)),
        (lambda *given: split_k(*given, False), (a, a)),
    )[: 5 if device == "sm_80" else 3]:
        (build,) = compile_for(device, launcher, *arguments)
        assert build.count(instruction) > 0 and not build.spills and build.fits


# ---- a tuner -------------------------------------------------------------------------------------


def test_the_tuners_model_ranks_as_the_books() -> None:
    """It knows four of the model's terms, and that is enough to be near its best."""
    rng = random.Random(1)
    ratios = []
    for device in ("sm_75", "sm_80", "sm_90", "sm_100"):
        for _ in range(12):
            m, n, k = (int(2 ** rng.uniform(0, 13)) for _ in range(3))
            shape = m, n, k
            found = autotune(shape, device, 4)
            assert len(set(found)) == len(found) == 4 and found == autotune(shape, device, 4)
            assert not any(why_illegal(how, device) for how in found)
            best = min(each.clocks for each in estimates(shape, device))
            ratios.append(estimate(shape, found[0], device).clocks / best)
    assert sum(ratios) / len(ratios) < 1.02 and max(ratios) < 1.25
