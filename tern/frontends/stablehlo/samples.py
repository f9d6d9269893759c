"""Five programs in StableHLO, as JAX 0.10.2 exported them, beside what they compute.

Each is there in both forms, pretty and generic, so that nobody needs JAX to import them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True)
class Sample:
    """A program of one function, `@main`.

    Attributes:
        name: what it is.
        shapes: those of its arguments, all f32.
        computes: the same in NumPy.
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]
    computes: Callable[..., Any]

    def text(self, generic: bool = False) -> str:
        """The module, as jaxlib prints it."""
        return (_RECORDED / f"{self.name}{'_generic' if generic else ''}.mlir").read_text()

    def arguments(self, seed: int = 0) -> list[Any]:
        """Arguments for `@main`: standard normal numbers."""
        import numpy as np

        random = np.random.default_rng(seed)
        return [random.standard_normal(shape, dtype=np.float32) for shape in self.shapes]


def _mlp(x: Any, w: Any, b: Any, v: Any) -> Any:
    import numpy as np

    return np.maximum(x @ w + b, 0) @ v


def _softmax(x: Any) -> Any:
    import numpy as np

    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _layer_norm(x: Any, scale: Any, shift: Any) -> Any:
    import numpy as np

    centered = x - x.mean(1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(1, keepdims=True) + 1e-5) * scale + shift


def _gelu(x: Any) -> Any:
    import numpy as np

    return x * np.vectorize(lambda each: 0.5 * (1 + math.erf(each / math.sqrt(2))))(x)


def _cnn(x: Any, filter: Any, w: Any) -> Any:
    """A convolution of 3 x 3, ReLU, the maximum of windows of 2 x 2, the mean, and a product."""
    import numpy as np

    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(around, (3, 3), (1, 2))
    y = np.maximum(np.einsum("bhwcij,ijco->bhwo", windows, filter), 0)
    batch, height, width, channels = y.shape
    blocks = y.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))
    return blocks.mean((1, 2)) @ w


PROGRAMS = (
    Sample("mlp", ((4, 8), (8, 16), (16,), (16, 5)), _mlp),
    Sample("softmax", ((4, 8),), _softmax),
    Sample("layer_norm", ((4, 8), (8,), (8,)), _layer_norm),
    Sample("cnn", ((2, 8, 8, 3), (3, 3, 3, 4), (4, 5)), _cnn),
    Sample("gelu", ((4, 8),), _gelu),
)
"""A perceptron, two row kernels, a small network of images, and exact GELU of 68 operations."""
