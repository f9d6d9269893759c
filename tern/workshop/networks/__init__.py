"""Five networks in plain PyTorch, which the chapters from 19 on capture, compile, and measure.

    model, inputs = network("minilm")

Each is a few modules of torch.nn without a hub: seeds are fixed, so that weights are the same
everywhere. Two of them read trained weights from a package, if that is installed.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

NAMES = ("mlp", "resnet", "lite0", "minilm", "gpt")
"""A perceptron; a ResNet for digits; EfficientNet-Lite0; MiniLM; one step of a GPT's decoding."""


@dataclass(frozen=True)
class Network:
    """A model in evaluation mode, with inputs that it takes. `weights` says where they are from."""

    model: Any
    inputs: tuple[Any, ...]
    weights: str = "random, of a fixed seed"


def network(name: str, **sizes: Any) -> Network:
    """One of NAMES. `sizes` make it smaller: each module's `build` says which there are.

    Raises:
        KeyError: there is no network of that name.
        ImportError: PyTorch is not there.
    """
    if name not in NAMES:
        raise KeyError(f"no network is called {name!r}; there are {', '.join(NAMES)}")
    return importlib.import_module(f"tern.workshop.networks.{name}").build(**sizes)
