"""One step of a GPT's decoding: a word in, the next word out, and the cache of keys and values.

Of Llama's kind: RMS normalization, rotary positions, SwiGLU. The cache has a fixed length, and
the position is a tensor, so that one graph serves every step.

Sources: Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019; Su and others,
"RoFormer", 2021; Shazeer, "GLU Variants Improve Transformer", 2020.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tern.workshop.networks import Network


class RMSNorm(nn.Module):
    """x over the root of the mean of its squares, times a weight."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(width) + 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def rotated(x: Tensor, position: Tensor) -> Tensor:
    """Each pair (x[i], x[i + half]) turned by an angle that goes with the position."""
    half = x.shape[-1] // 2
    frequencies = 10000.0 ** (-torch.arange(0, half, dtype=torch.float32) / half)
    angle = position[:, None].float() * frequencies
    cosine, sine = angle.cos(), angle.sin()
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cosine - right * sine, left * sine + right * cosine], -1)


class Layer(nn.Module):
    """Attention to all that is in the cache so far, and SwiGLU."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
        self.projection = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate, self.up = (nn.Linear(width, 3 * width, bias=False) for _ in range(2))
        self.down = nn.Linear(3 * width, width, bias=False)

    def forward(
        self, x: Tensor, keys: Tensor, values: Tensor, position: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        batch, count, width = x.shape
        each = width // self.heads
        split = self.projection(self.norm1(x)).view(batch, count, 3, self.heads, each)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        here = position.view(1)
        query, key = rotated(query, here), rotated(key, here)
        keys, values = keys.index_copy(2, here, key), values.index_copy(2, here, value)
        scores = query @ keys.transpose(-1, -2) * each**-0.5
        past = torch.arange(keys.shape[2]) <= position
        scores = torch.where(past, scores, float("-inf"))
        x = x + self.out((scores.softmax(-1) @ values).transpose(1, 2).reshape(x.shape))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y)), keys, values


class GPT(nn.Module):
    """The most likely next word, and the caches with this one's keys and values."""

    def __init__(self, words: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm, self.head = RMSNorm(width), nn.Linear(width, words, bias=False)

    def forward(
        self, word: Tensor, position: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x, new_keys, new_values = self.words(word), [], []
        for layer, key, value in zip(self.layers, keys, values):
            x, key, value = layer(x, key, value, position)
            new_keys.append(key)
            new_values.append(value)
        logits = self.head(self.norm(x))
        return logits.argmax(-1), logits, torch.stack(new_keys), torch.stack(new_values)


def build(
    batch: int = 1, length: int = 128, layers: int = 4, width: int = 256, heads: int = 8
) -> Network:
    """The step at position 5 of a cache of `length`; 1,024 words."""
    torch.manual_seed(0)
    model, cache = GPT(1024, width, layers, heads), (layers, batch, heads, length, width // heads)
    inputs = (torch.randint(0, 1024, (batch, 1)), torch.tensor(5))
    return Network(model.eval(), (*inputs, torch.randn(cache), torch.randn(cache)))
