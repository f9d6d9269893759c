"""Every kernel of weeks 15 and 16 on a GPU: right, and timed in turn with PyTorch's.

    python -m pytest -n0 -s -m gpu tests/tern/workshop/test_on_a_gpu.py

prints a line for each. No time is a test's bar. Without a GPU the same table runs in the
interpreter, at a small size, so that it is known to be right before it meets one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

pytest.importorskip("triton", reason="tern.workshop.triton needs Triton")

import torch
from torch.nn import functional

from tern.gpu import measure, timing
from tern.gpu.configurations import Configuration
from tern.gpu.matmul_space import candidates
from tern.workshop import triton as kernels

SMALL = Configuration(32, 32, 32, warps=4, stages=2)
on_a_gpu = pytest.mark.skipif(timing.gpu() is None, reason="there is no GPU: nothing was timed")


@dataclass(frozen=True)
class Case:
    """A launcher, what PyTorch has for it, and arguments by a size, small enough or large."""

    launcher: Callable
    torch: Callable
    arguments: Callable[[int], tuple]
    rtol: float = 1e-4  # of the largest number: on a GPU, PyTorch may use TF32
    small: Callable | None = None  # the launcher with smaller tiles, for the interpreter


def halves(*shape: int) -> torch.Tensor:
    return torch.randn(shape).half()


def torch_linear(x, weight, scale, bias, residual) -> torch.Tensor:
    product = (x @ weight) * scale[:, None].to(x.dtype) + bias.to(x.dtype)
    return torch.relu(product) + residual


attention = functional.scaled_dot_product_attention
CASES = {
    "add": Case(kernels.add, torch.add, lambda n: (torch.randn(n * n), torch.randn(n * n))),
    "softmax": Case(
        kernels.softmax, functools.partial(torch.softmax, dim=1), lambda n: (torch.randn(n, n),)
    ),
    "layer norm": Case(
        kernels.layer_norm,
        lambda x, w, b: functional.layer_norm(x, x.shape[1:], w, b),
        lambda n: (torch.randn(n, n), torch.randn(n), torch.randn(n)),
    ),
    "transpose": Case(
        kernels.transpose, lambda x: x.T.contiguous(), lambda n: (torch.randn(n, n),)
    ),
    "matmul": Case(
        kernels.matmul,
        torch.matmul,
        lambda n: (halves(n, n), halves(n, n)),
        2e-3,
        functools.partial(kernels.matmul, how=SMALL),
    ),
    "matmul, plain tiles": Case(
        kernels.tiled_matmul, torch.matmul, lambda n: (halves(n, n), halves(n, n)), 2e-3
    ),
    "matmul, ragged": Case(
        kernels.matmul,
        torch.matmul,
        lambda n: (halves(n - 3, n + 5), halves(n + 5, n - 1)),
        2e-3,
        functools.partial(kernels.matmul, how=SMALL),
    ),
    "split-k by atomics": Case(
        functools.partial(kernels.split_k, deterministic=False),
        lambda a, b: (a @ b).float(),
        lambda n: (halves(64, 16 * n), halves(16 * n, 64)),
        2e-3,
    ),
    "split-k in one order": Case(
        kernels.split_k,
        lambda a, b: (a @ b).float(),
        lambda n: (halves(64, 16 * n), halves(16 * n, 64)),
        2e-3,
    ),
    "linear": Case(
        kernels.linear,
        torch_linear,
        lambda n: (halves(n, n), halves(n, n), torch.randn(n), torch.randn(n), halves(n, n)),
        4e-3,
    ),
    "attention": Case(
        lambda q, k, v: kernels.flash_attention(q, k, v)[0],
        lambda q, k, v: attention(q[None], k[None], v[None])[0],
        lambda n: (halves(8, n, 64), halves(8, n, 64), halves(8, n, 64)),
        2e-3,
    ),
    "causal attention": Case(
        lambda q, k, v: kernels.flash_attention(q, k, v, causal=True)[0],
        lambda q, k, v: attention(q[None], k[None], v[None], is_causal=True)[0],
        lambda n: (halves(8, n, 64), halves(8, n, 64), halves(8, n, 64)),
        2e-3,
    ),
}


def assert_close(result: torch.Tensor, expected: torch.Tensor, rtol: float) -> None:
    difference = (result.double() - expected.double()).abs().max().item()
    assert difference <= rtol * expected.double().abs().max().item()


@pytest.mark.parametrize("name", CASES)
def test_the_table_is_right_in_the_interpreter(name: str) -> None:
    case = CASES[name]
    arguments = case.arguments(64)
    traffic = measure(case.small or case.launcher, *arguments, max_programs=None)
    assert not traffic.faults
    assert_close(traffic.results[0], case.torch(*arguments), case.rtol)


@pytest.mark.gpu
@on_a_gpu
@pytest.mark.parametrize("name", CASES)
def test_on_a_gpu(name: str) -> None:
    case = CASES[name]
    for size in (64, 1000, 2048):
        arguments = [each.cuda() for each in case.arguments(size)]
        assert_close(case.launcher(*arguments), case.torch(*arguments), case.rtol)
    mine, torchs = timing.compare(case.launcher, case.torch, arguments)
    assert mine > 0 and torchs > 0
    print(f"\n{timing.gpu()}: {name}: {mine:.3f} ms, PyTorch {torchs:.3f} ms")


def devices_name() -> str:
    major, minor = torch.cuda.get_device_capability()
    return f"sm_{10 * major + minor}"


@pytest.mark.gpu
@on_a_gpu
def test_where_the_models_choice_ranks_among_what_runs() -> None:
    """All candidates compute the same; their order by time is printed beside the model's."""
    known = {"sm_86": "sm_80", "sm_89": "sm_80", "sm_103": "sm_100"}
    device = known.get(devices_name(), devices_name())
    for shape in ((2048, 2048, 2048), (512, 512, 4096), (1000, 1000, 1000)):
        m, n, k = shape
        a, b = halves(m, k).cuda(), halves(k, n).cuda()
        expected, times = a @ b, {}
        for how in candidates(shape, device, 4):
            launcher = functools.partial(kernels.matmul, how=how)
            assert_close(launcher(a, b), expected, 2e-3)
            times[how], torchs = timing.compare(launcher, torch.matmul, (a, b))
        ranks = [sorted(times.values()).index(time) + 1 for time in times.values()]
        first = min(times.values())
        print(f"\n{shape}: the model's order ranks {ranks} by time, PyTorch {torchs / first:.2f}×")
