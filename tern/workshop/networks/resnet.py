"""A ResNet of 78,000 parameters, for the 8 x 8 digits of scikit-learn.

Source: He and others, "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tern.workshop.networks import Network
from tern.workshop.networks.normalized import normalized


class Residual(nn.Module):
    """Two convolutions, each normalized, and what came in added to what they give."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.around: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.first(x)))
        return F.relu(self.norm2(self.second(y)) + self.around(x))


class ResNet(nn.Module):
    """Three residual blocks, each half as high and wide as the one before, and twice as deep."""

    def __init__(self, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(
            Residual(width, width),
            Residual(width, 2 * width, 2),
            Residual(2 * width, 4 * width, 2),
        )
        self.classify = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        y = self.blocks(F.relu(self.norm(self.stem(x))))
        return self.classify(y.mean((2, 3)))


def build(batch: int = 64, width: int = 16) -> Network:
    """`batch` images of 8 x 8, with one channel, whose numbers are from 0 to 1."""
    torch.manual_seed(0)
    return Network(normalized(ResNet(width)), (torch.rand(batch, 1, 8, 8),))
