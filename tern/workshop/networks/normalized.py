"""Batch normalizations as training leaves them: with means and variances that do something."""

from __future__ import annotations

import torch
from torch import nn


def normalized(model: nn.Module, seed: int = 0) -> nn.Module:
    """Give every batch normalization of a model random statistics, scales, and shifts, in place.

    Fresh ones are 0 and 1, and would hide a compiler that mixes them up. Gives the model, in
    evaluation mode.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            mean, variance = module.running_mean, module.running_var
            assert mean is not None and variance is not None
            with torch.no_grad():
                mean.copy_(torch.randn(mean.shape, generator=generator) * 0.1)
                variance.copy_(torch.rand(variance.shape, generator=generator) + 0.5)
                module.weight.copy_(torch.rand(mean.shape, generator=generator) + 0.5)
                module.bias.copy_(torch.randn(mean.shape, generator=generator) * 0.1)
    return model.eval()
