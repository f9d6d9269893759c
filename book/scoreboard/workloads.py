"""What is computed: three small networks, in float32, and what they give in float64.

Small on purpose: the whole of each fits into a core's second cache, so that it shows how code is
made and not how fast the memory is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Workload:
    """A function of arrays.

    Attributes:
        name: what it is called in the table.
        what: in a line, with its sizes.
        shapes: those of the arguments; the first is the input, the others are weights.
        result: that of the result.
        source: the same as a program of tern's, one function `f`.
        reference: in NumPy; in float64 it is what is right.
        flops: of its products and convolutions alone, as a bound counts them.
    """

    name: str
    what: str
    shapes: tuple[Shape, ...]
    result: Shape
    source: str
    reference: Callable[..., Any]
    flops: int

    def arguments(self, seed: int = 18) -> list[np.ndarray]:
        """Normal numbers; of weights such that sums of products stay about as large."""
        random, found = np.random.default_rng(seed), []
        for at, shape in enumerate(self.shapes):
            scale = prod(shape[:-1]) ** -0.5 if at and len(shape) > 1 else 1.0
            found.append((random.standard_normal(shape) * scale).astype(np.float32))
        return found

    @property
    def bytes(self) -> int:
        """What has to come from memory once, and go there."""
        return 4 * sum(map(prod, (*self.shapes, self.result)))


def error_function(x: np.ndarray) -> np.ndarray:
    """erf by SciPy; without it by Python's own, one number after another."""
    try:
        from scipy.special import erf
    except ImportError:
        import math

        return np.vectorize(math.erf, otypes=[x.dtype])(x)
    return erf(x)


def rows(x: Any, w: Any, b: Any, scale: Any, shift: Any) -> Any:
    z = x @ w + b
    e = np.exp(z - z.max(1, keepdims=True))
    s = e / e.sum(1, keepdims=True)
    c = s - s.mean(1, keepdims=True)
    variance = (c * c).mean(1, keepdims=True)
    return c / np.sqrt(variance + x.dtype.type(1e-5)) * scale + shift


def gelu(x: Any) -> Any:
    half, root = x.dtype.type(0.5), x.dtype.type(0.5**0.5)
    return x * (half * (1 + error_function(x * root)))


def mlp(x: Any, w: Any, b: Any, v: Any, c: Any, u: Any, d: Any) -> Any:
    return gelu(gelu(x @ w + b) @ v + c) @ u + d


def convolved(x: Any, w: Any) -> Any:
    """3 x 3, the same size: windows as rows of a product."""
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(around, w.shape[:2], (1, 2))
    batch, height, width = windows.shape[:3]
    flat = windows.transpose(0, 1, 2, 4, 5, 3).reshape(batch * height * width, -1)
    return (flat @ w.reshape(-1, w.shape[3])).reshape(batch, height, width, -1)


def convnet(x: Any, w: Any, v: Any, u: Any, d: Any) -> Any:
    y = np.maximum(convolved(x, w), 0)
    batch, height, width, channels = y.shape
    y = y.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))
    return np.maximum(convolved(y, v), 0).mean((1, 2)) @ u + d


WORKLOADS = (
    Workload(
        "rows",
        "softmax(xW + b), then layer norm: 128 rows, 384 by 384",
        ((128, 384), (384, 384), (384,), (384,), (384,)),
        (128, 384),
        "fn f(x: f32[128, 384], w: f32[384, 384], b: f32[384], scale: f32[384], shift: f32[384])"
        " -> f32[128, 384] { return layer_norm(softmax(x @ w + b), scale, shift, 0.00001); }",
        rows,
        2 * 128 * 384 * 384,
    ),
    Workload(
        "mlp",
        "784-512-512-10 with exact GELU, a batch of 64",
        ((64, 784), (784, 512), (512,), (512, 512), (512,), (512, 10), (10,)),
        (64, 10),
        "fn f(x: f32[64, 784], w: f32[784, 512], b: f32[512], v: f32[512, 512], c: f32[512],"
        " u: f32[512, 10], d: f32[10]) -> f32[64, 10]"
        " { return gelu(gelu(x @ w + b) @ v + c) @ u + d; }",
        mlp,
        2 * 64 * (784 * 512 + 512 * 512 + 512 * 10),
    ),
    Workload(
        "convnet",
        "two convolutions of 3 x 3, a pooling, a mean, a product: 8 images of 32 x 32",
        ((8, 32, 32, 3), (3, 3, 3, 16), (3, 3, 16, 32), (32, 10), (10,)),
        (8, 10),
        "fn f(x: f32[8, 32, 32, 3], w: f32[3, 3, 3, 16], v: f32[3, 3, 16, 32], u: f32[32, 10],"
        " d: f32[10]) -> f32[8, 10] {"
        " let a = max_pool(relu(conv2d(x, w, padding=1)), 2);"
        " let c = relu(conv2d(a, v, padding=1));"
        " return mean(c, axis=[1, 2], keepdims=false) @ u + d; }",
        convnet,
        2 * 8 * (32 * 32 * 27 * 16 + 16 * 16 * 144 * 32 + 32 * 10),
    ),
)
