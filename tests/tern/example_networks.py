"""The networks of tern/examples in PyTorch, with random weights: what tern's must agree with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import tern

EXAMPLES = Path(tern.__file__).parent / "examples"


@dataclass(frozen=True)
class Network:
    """A function of an example, its arguments, and what PyTorch makes of them."""

    source: str
    name: str
    arguments: list[np.ndarray]
    expected: np.ndarray

    def agrees(self, found: np.ndarray) -> bool:
        """To 1e-5 of the largest number."""
        error = np.abs(found - self.expected).max() / np.abs(self.expected).max()
        return found.shape == self.expected.shape and bool(error <= 1e-5)


def _weights(shapes: list[tuple[int, ...]]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) * 0.05 for shape in shapes]


def _network(
    file: str, name: str, arguments: list[torch.Tensor], expected: torch.Tensor
) -> Network:
    arrays = [argument.numpy() for argument in arguments]
    return Network((EXAMPLES / file).read_text(), name, arrays, expected.numpy())


# the encoder ----------------------------------------------------------------------------------


def encoder(words: int = 128, vocabulary: int = 1000) -> Network:
    wide, tall = 384, 1536
    shapes = [
        (vocabulary, wide), (512, wide), (2, wide), (6, 3, wide, wide), (6, 3, wide),
        (6, wide, wide), (6, wide), (6, wide, tall), (6, tall), (6, tall, wide), (6, wide),
        (6, 4, wide),
    ]  # fmt: skip
    weights = _weights(shapes)
    weights[2][0] += 1
    weights[-1][:, [0, 2]] += 1
    ids = torch.arange(words, dtype=torch.int32).reshape(1, words) * 7 % vocabulary
    return _network("minilm.tern", "encode", [ids, *weights], _encode(ids, *weights))


def _encode(
    ids: torch.Tensor, table: torch.Tensor, places: torch.Tensor, first: torch.Tensor,
    *layers: torch.Tensor,
) -> torch.Tensor:  # fmt: skip
    def norm(x: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, (384,), scale, shift, 1e-12)

    b, s = ids.shape
    x = norm(table[ids.long()] + places[:s], first[0], first[1])
    for qkv, qkv_shift, out, out_shift, up, up_shift, down, down_shift, norms in zip(*layers):
        q, k, v = (
            (x @ weight + shift).reshape(b, s, 12, 32).transpose(1, 2)
            for weight, shift in zip(qkv, qkv_shift)
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, s, 384)
        h = norm(x + mixed @ out + out_shift, norms[0], norms[1])
        x = norm(h + F.gelu(h @ up + up_shift) @ down + down_shift, norms[2], norms[3])
    return x.mean(1)


# the residual network -------------------------------------------------------------------------


def resnet(classes: int = 1000) -> Network:
    shapes = [(7, 7, 3, 64), (4, 64), (4, 3, 3, 64, 64), (4, 4, 64)]
    for c in (128, 256, 512):
        shapes += [(3, 3, c // 2, c), (1, 1, c // 2, c), (3, 3, 3, c, c), (5, 4, c)]
    weights = _weights([*shapes, (512, classes), (classes,)])
    for each in weights:
        if each.ndim in (2, 3) and each.shape[-2] == 4:  # averages, variances, scales, shifts
            each[..., 1, :] = each[..., 1, :].abs() + 1
            each[..., 2, :] += 1
    image = torch.randn((1, 224, 224, 3), generator=torch.Generator().manual_seed(1))
    return _network("resnet18.tern", "resnet18", [image, *weights], _resnet(image, iter(weights)))


def _resnet(image: torch.Tensor, weights: Iterator[torch.Tensor]) -> torch.Tensor:
    def conv(x: torch.Tensor, filters: torch.Tensor, stride: int, padding: int) -> torch.Tensor:
        return F.conv2d(x, filters.permute(3, 2, 0, 1), stride=stride, padding=padding)

    def norm(x: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        return F.batch_norm(x, p[0], p[1], p[2], p[3], eps=1e-5)

    def block(x: torch.Tensor, w: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        h = F.relu(norm(conv(x, w[0], 1, 1), p[0]))
        return F.relu(x + norm(conv(h, w[1], 1, 1), p[1]))

    x = image.permute(0, 3, 1, 2)
    x = F.max_pool2d(F.relu(norm(conv(x, next(weights), 2, 3), next(weights))), 3, 2, 1)
    w, p = next(weights), next(weights)
    x = block(block(x, w[:2], p[:2]), w[2:], p[2:])
    for _ in range(3):
        halve, skip, w, p = (next(weights) for _ in range(4))
        h = F.relu(norm(conv(x, halve, 2, 1), p[0]))
        x = F.relu(norm(conv(x, skip, 2, 0), p[2]) + norm(conv(h, w[0], 1, 1), p[1]))
        x = block(x, w[1:], p[3:])
    return x.mean((2, 3)) @ next(weights) + next(weights)
