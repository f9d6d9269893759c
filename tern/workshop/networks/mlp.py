"""A perceptron of three layers, as for handwritten digits of 28 x 28."""

from __future__ import annotations

import torch
from torch import nn

from tern.workshop.networks import Network


def build(batch: int = 64, inputs: int = 784, hidden: int = 512, outputs: int = 10) -> Network:
    """Three linear layers, with GELU between them; an input of `batch` rows."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.GELU(),
        nn.Linear(hidden, hidden),
        nn.GELU(),
        nn.Linear(hidden, outputs),
    )
    return Network(model.eval(), (torch.randn(batch, inputs),))
