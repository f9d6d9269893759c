"""Each row of the table beside PyTorch, with sizes that are known and with symbolic ones."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")

from torch.nn import functional as F

from tern.frontends.torch import rows
from tern.frontends.torch.registry import ROWS
from tests.tern.frontends.torch.graphs import compare, computed, imported, traced

Case = tuple[Callable[..., Any], tuple[Any, ...]]


def tensor(*shape: int, kind: str = "f") -> Any:
    """Random numbers: f floats around 0, p positive ones, i integers, b bools, h bfloat16."""
    if kind == "i":
        return torch.randint(-4, 5, shape)
    if kind == "b":
        return torch.rand(shape) > 0.5
    found = torch.rand(shape) + 0.1 if kind == "p" else torch.randn(shape)
    return found.bfloat16() if kind == "h" else found


X, Y, Z = (2, 3, 4), (3, 4), (3, 1)
"""Shapes that can be broadcast together."""


def unary(compute: Callable[..., Any], kind: str = "f") -> Callable[[], Case]:
    return lambda: (compute, (tensor(*X, kind=kind),))


def binary(compute: Callable[..., Any], kinds: str = "ff") -> Callable[[], Case]:
    return lambda: (compute, (tensor(*X, kind=kinds[0]), tensor(*Z, kind=kinds[1])))


CASES: dict[str, Callable[[], Case]] = {
    "exp log sqrt rsqrt": unary(lambda x: (x.exp(), x.log(), x.sqrt(), x.rsqrt()), "p"),
    "tanh sin cos erf": unary(lambda x: (x.tanh(), x.sin(), x.cos(), x.erf())),
    "functions of integers": unary(lambda x: (x.exp(), x.sigmoid(), x.reciprocal()), "i"),
    "rounding": unary(lambda x: (x.floor(), x.ceil(), x.round(), (4 * x).round())),
    "rounding integers": unary(lambda x: (x.floor(), -x, x.abs()), "i"),
    "sign": unary(lambda x: (-x, x.abs(), x.reciprocal(), x.sigmoid())),
    "relu": unary(lambda x: (x.relu(), F.hardtanh(x), F.relu6(x), x.clamp(min=0.5))),
    "relu of integers": unary(lambda x: (x.relu(), x.clamp(-2, 1)), "i"),
    "clamp by tensors": binary(lambda x, y: x.clamp(y - 1, y)),
    "powers": unary(lambda x: (x**2, x**3, x**0.5, x**-0.5, x**1.7, 2.0**x, x**x), "p"),
    "powers of integers": unary(lambda x: x**2, "i"),
    "arithmetic": binary(lambda x, y: (x + y, x - y, x * y, x / y)),
    "arithmetic of integers": binary(lambda x, y: (x + y, x - y, x * y, x / (y + 9)), "ii"),
    "arithmetic of both": binary(lambda x, y: (x + y, x - y, x * y, x + 2), "if"),
    "alpha": binary(lambda x, y: (torch.add(x, y, alpha=3), torch.sub(x, y, alpha=0.5), 1 - x)),
    "of bools": binary(lambda x, y: (x & y, x | y, x ^ y, ~x, x + 1, x.logical_and(y)), "bb"),
    "bits": binary(lambda x, y: (x & y, x | y, x ^ y, ~x), "ii"),
    "minimum, maximum": binary(lambda x, y: (x.maximum(y), x.minimum(y))),
    "comparisons": binary(lambda x, y: (x < y, x <= y, x > y, x >= y, x == y, x != y)),
    "comparisons of integers": binary(lambda x, y: (x < y, x >= y, x == 1, x != y, x > 0.5), "ii"),
    "comparisons of bools": binary(lambda x, y: (x < y, x == y, x >= y), "bb"),
    "logical not": unary(lambda x: (x.logical_not(), (x > 0).logical_not())),
    "where": binary(lambda x, y: (torch.where(x > 0, x, y), torch.where(y > 0, x, -1.0))),
    "where by another shape": lambda: (
        lambda c, x: torch.where(c, x, 0.0),
        (tensor(*Z, kind="b"), tensor(*X)),
    ),
    "masked fill": binary(lambda x, y: x.masked_fill(y > 0, 7.0)),
    "casts": unary(lambda x: (x.long(), x.double(), (x > 0).float(), x.bool(), x.bfloat16())),
    "casts of integers": unary(lambda x: (x.float(), x.bool(), x.int(), x.abs().byte()), "i"),
    "half precision": binary(lambda x, y: (x + y, x * 2, x.sum(-1), x.float(), x.mean(0)), "hh"),
    "full": unary(lambda x: (torch.full_like(x, 2), x.new_zeros(2, 3), torch.ones_like(x))),
    "arange": unary(lambda x: (torch.arange(5), torch.arange(1.0, 3, 0.5), x + torch.arange(4))),
    "arange of a size": unary(lambda x: torch.arange(x.shape[1]) * 2),
    "view": unary(lambda x: (x.view(6, 4), x.view(-1), x.view(2, 3, 2, 2), x.view(2, 12))),
    "view of a product": unary(lambda x: x.reshape(-1, x.shape[2]) + 1),
    "ones": unary(lambda x: (x.unsqueeze(1), x[:1].squeeze(0), x.unsqueeze(-1).squeeze(3))),
    "rank 0": lambda: (lambda x, y: (x + y, x.view(1), x.expand(3), x.sum()), (tensor(), tensor())),
    "permute": unary(lambda x: (x.permute(2, 0, 1), x.transpose(1, 2), x[0].t(), x.mT)),
    "expand": lambda: (lambda x: (x.expand(2, 3, 4), x + 1), (tensor(3, 1),)),
    "repeat": unary(lambda x: x.repeat(1, 2, 1)),
    "slice": unary(lambda x: (x[:, 1:], x[..., :-1], x[:, -2:], x[:, :, ::2], x[:, 1:1])),
    "slices beyond the end": unary(lambda x: (x[:, 1:100], x[:, -100:2])),
    "select": unary(lambda x: (x[0], x[:, -1], x[..., 2], x[1, 2, 3])),
    "split": unary(lambda x: (*x.split(2, -1), *x.split([1, 3], 2), *x.unbind(0), *x.chunk(2, 2))),
    "cat": unary(lambda x: (torch.cat([x, x, x * 2], 1), torch.cat([x, x[:, :1]], -2))),
    "cat of nothing": unary(lambda x: torch.cat([x.new_zeros(0), x], 1)),
    "cat of types": lambda: (
        lambda x, y: torch.cat([x, y]),
        (tensor(2, 3), tensor(1, 3, kind="i")),
    ),
    "stack": unary(lambda x: (torch.stack([x, x + 1], 1), torch.stack([x], -1))),
    "pad": unary(lambda x: (F.pad(x, [1, 2]), F.pad(x, [0, 0, 1, 1], value=3), F.pad(x, [-1, 0]))),
    "pad and cut": unary(lambda x: F.pad(x, [-1, 1, 2, -1])),
    "flip": unary(lambda x: (x.flip(0), x.flip([1, 2]))),
    "roll": unary(lambda x: x.roll(1, 2)),
    "sum": unary(lambda x: (x.sum(), x.sum(1), x.sum([0, 2], keepdim=True), x.sum(-1))),
    "sum of integers": unary(lambda x: (x.sum(1), (x > 0).sum(2)), "i"),
    "mean": unary(lambda x: (x.mean(), x.mean(-1), x.mean([0, 1], keepdim=True))),
    "mean of many halves": lambda: (
        lambda x: (x.mean(1), x.sum(1)),
        ((torch.rand(2, 1000) + 0.5).bfloat16(),),
    ),
    "largest": unary(lambda x: (x.amax(1), x.amin([0, 2], keepdim=True), x.max(), x.min())),
    "largest with its index": unary(lambda x: (*x.max(1), *x.max(-1, keepdim=True))),
    "argmax": unary(lambda x: (x.argmax(1), x.argmax(-1, keepdim=True), x.argmin(0))),
    "argmax of equals": unary(lambda x: (x.argmax(1), x.argmax(2)), "i"),
    "any, all": unary(lambda x: ((x > 0).any(1), (x > 0).all(2, keepdim=True), x.any())),
    "variance": unary(lambda x: (x.var(1), x.std(-1, correction=0), *torch.var_mean(x, [0, 2]))),
    "norm": unary(lambda x: (x.norm(dim=-1), F.normalize(x, dim=1), x.norm(1, dim=0))),
    "matrices": lambda: (lambda x, y: (x @ y, x @ y[:, 0]), (tensor(3, 4), tensor(4, 5))),
    "batches": lambda: (lambda x, y: x @ y, (tensor(2, 3, 4), tensor(2, 4, 5))),
    "a batch and a matrix": lambda: (lambda x, y: x @ y, (tensor(2, 3, 4), tensor(4, 5))),
    "linear": lambda: (F.linear, (tensor(2, 3, 4), tensor(5, 4), tensor(5))),
    "addmm": lambda: (
        lambda b, x, y: (torch.addmm(b, x, y), torch.addmm(b, x, y, beta=2, alpha=0.5)),
        (tensor(5), tensor(3, 4), tensor(4, 5)),
    ),
    "layer norm": lambda: (
        lambda x, w, b: (F.layer_norm(x, (4,), w, b), F.layer_norm(x, (3, 4))),
        (tensor(*X), tensor(4), tensor(4)),
    ),
    "softmax": unary(lambda x: (x.softmax(1), x.log_softmax(-1), (100 * x).softmax(0))),
    "gelu": unary(lambda x: (F.gelu(x), F.gelu(x, approximate="tanh"), F.silu(x), F.mish(x))),
    "attention": lambda: (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
        (tensor(1, 2, 3, 4), tensor(1, 2, 5, 4), tensor(1, 2, 5, 4)),
    ),
    "convolution": lambda: (
        lambda x, w, b: (F.conv2d(x, w, b), F.conv2d(x, w, None, (2, 1), (1, 2), (1, 2))),
        (tensor(2, 3, 7, 8), tensor(4, 3, 3, 2), tensor(4)),
    ),
    "depthwise": lambda: (
        lambda x, w: F.conv2d(x, w, None, 2, 1, groups=4),
        (tensor(2, 4, 7, 8), tensor(4, 1, 3, 3)),
    ),
    "groups": lambda: (
        lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=2),
        (tensor(2, 4, 5, 6), tensor(6, 2, 3, 3), tensor(6)),
    ),
    "batch norm": lambda: (
        lambda x, w, b, m, v: (F.batch_norm(x, m, v, w, b), F.batch_norm(x, m, v, eps=0.5)),
        (tensor(2, 4, 3, 3), *(tensor(4, kind="p") for _ in range(4))),
    ),
    "poolings": lambda: (
        lambda x: (
            F.max_pool2d(x, 2),
            F.max_pool2d(x, 3, 2, 1),
            F.avg_pool2d(x, 2),
            F.avg_pool2d(x, 3, 2, 1),
            F.adaptive_avg_pool2d(x, 1),
        ),
        (tensor(2, 3, 6, 8),),
    ),
    "embedding": lambda: (F.embedding, (tensor(2, 3, kind="i").abs(), tensor(6, 4))),
    "index": lambda: (
        lambda x, i, j: (x[i], x[:, i.clamp(-3, 2)], x[i % 2, j % 3], x[..., j]),
        (tensor(5, 3, 4), tensor(2, 2, kind="i").clamp(-5, 4), tensor(2, 1, kind="i").clamp(0, 3)),
    ),
    "index select": lambda: (
        lambda x, i: (x.index_select(0, i), x.index_select(-1, i)),
        (tensor(5, 4), torch.tensor([3, 0, 3])),
    ),
    "gather": lambda: (
        lambda x, i: (x.gather(1, i), x.gather(0, i[:, :4] % 3)),
        (tensor(3, 4), tensor(3, 4, kind="i").abs().clamp(max=3)),
    ),
    "index put": lambda: (
        lambda x, i, v: (x.index_copy(1, i, v), x.index_put((i,), v[0, 0])),
        (tensor(4, 5, 3), torch.tensor([2]), tensor(4, 1, 3)),
    ),
    "index put of several": lambda: (
        lambda x, i, v: x.index_copy(0, i, v),
        (tensor(4, 3), torch.tensor([3, 1]), tensor(2, 3)),
    ),
    "slice scatter": lambda: (
        lambda x, v: (torch.slice_scatter(x, v, 1, 2, 4), torch.select_scatter(x, v[:, 0], 1, -1)),
        (tensor(3, 5), tensor(3, 2)),
    ),
    "remainders": lambda: (
        lambda x, y: (x % y, x % 2, x.fmod(y), x // y, x.div(y, rounding_mode="trunc")),
        (tensor(*X), tensor(*Z, kind="p") - 0.6),
    ),
    "remainders of integers": lambda: (
        lambda x, y: (x % y, x % -3, x.fmod(y), x // y, x.div(y, rounding_mode="trunc")),
        (tensor(*X, kind="i"), tensor(*Z, kind="i") * 2 + 1),
    ),
    "quotients that round up": lambda: (
        lambda x, y: (x // y, x.div(y, rounding_mode="floor"), x.double() // 0.1, x % y),
        ((torch.arange(-12, 13) * 0.1)[:, None], torch.tensor([0.1, -0.1, 0.7, -0.3])),
    ),
    "quotients by zero": lambda: (
        lambda x, y: (x // y, x.div(y, rounding_mode="trunc")),
        (torch.tensor([1.0, -2.0, 0.0, torch.inf]), torch.tensor([0.0, -0.0, 0.0, 3.0])),
    ),
    "logarithms of powers": lambda: (
        lambda x: (x.log2().floor(), x.double().log2().ceil(), (x - x).log2(), (x / 0).log2()),
        (2.0 ** torch.arange(-30, 31),),
    ),
    "logarithms": unary(lambda x: (x.log1p(), (x * 1e-6).log1p(), x.log2(), x.exp2()), "p"),
}
STATIC = {
    "attention", "convolution", "flip", "groups", "index put of several", "pad and cut", "repeat",
    "roll", "view",
}  # fmt: skip
"""What PyTorch itself traces for known sizes alone, or tern does: sizes become numbers."""


def case(name: str) -> Case:
    torch.manual_seed(zlib.crc32(name.encode()) + random.SystemRandom().randrange(1 << 20))
    return CASES[name]()


@pytest.mark.rotates(45)
@pytest.mark.parametrize("name", CASES)
def test_a_row_computes_what_pytorch_does(name) -> None:
    compute, inputs = case(name)
    compare(computed(imported(compute, *inputs), inputs), compute(*inputs), _tolerance(name))


@pytest.mark.rotates(45)
@pytest.mark.parametrize("name", [name for name in CASES if name not in STATIC])
def test_a_row_with_symbolic_sizes(name) -> None:
    compute, inputs = case(name)
    module = imported(compute, *inputs, symbolic=True)
    compare(computed(module, inputs), compute(*inputs), _tolerance(name))


def _tolerance(name: str) -> float:
    return 2e-2 if "half precision" in name or "halves" in name else 1e-5


def test_a_wrong_row_would_be_found(monkeypatch) -> None:
    monkeypatch.setitem(ROWS, "aten.maximum.default", ROWS["aten.minimum.default"])
    compute, inputs = case("minimum, maximum")
    with pytest.raises(AssertionError):
        compare(computed(imported(compute, *inputs), inputs), compute(*inputs))


def test_every_row_that_teaches_is_tried() -> None:
    tried: set[str] = set()
    for name in ("expand", "slice", "cat", "mean", "embedding", "convolution"):
        compute, inputs = case(name)
        tried |= {str(node.target) for node in traced(compute, *inputs).graph.nodes}
    assert set(rows()) <= tried
