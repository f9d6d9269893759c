"""Layer normalization: Ba, Kiros, and Hinton, "Layer normalization", 2016."""

# A launch takes options that its kernel does not list.
# pyright: reportCallIssue=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def layer_norm_kernel(
    x, weight, bias, result, rows, columns, epsilon, ROWS: tl.constexpr, BLOCK: tl.constexpr
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    at = tl.arange(0, BLOCK)[None, :]
    inside = (row < rows) & (at < columns)
    offsets = row.to(tl.int64) * columns + at
    values = tl.load(x + offsets, mask=inside, other=0.0)
    mean = tl.sum(values, axis=1, keep_dims=True) / columns
    # Beyond the end of a row stands 0, which is not the mean: it must not count as a deviation.
    deviation = tl.where(at < columns, values - mean, 0.0)
    variance = tl.sum(deviation * deviation, axis=1, keep_dims=True) / columns
    scale = tl.load(weight + at, mask=at < columns, other=0.0)
    shift = tl.load(bias + at, mask=at < columns, other=0.0)
    normal = deviation / tl.sqrt(variance + epsilon)
    tl.store(result + offsets, normal * scale + shift, mask=inside)


@part("workshop.triton.layer_norm", helpers=(layer_norm_kernel,))
def layer_norm(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, epsilon: float = 1e-5
) -> torch.Tensor:
    """(x - mean) / sqrt(variance + epsilon) * weight + bias, with mean and variance of each row.

    x is float32[m, n], n at most 4,096; weight and bias are float32[n]. The variance is the mean of
    the squared deviations. A program takes several rows, for which it loads weight and bias once.

    >>> one, zero = torch.ones(2), torch.zeros(2)
    >>> measure(layer_norm, torch.tensor([[1.0, 3.0]]), one, zero).results[0]
    tensor([[-1.0000,  1.0000]])
    """
    rows, columns = x.shape
    result = torch.empty_like(x)
    block = triton.next_power_of_2(columns)
    together = max(1, min(8, 8192 // block))  # rows of a program: more would not fit in registers
    grid = (triton.cdiv(rows, together),)
    layer_norm_kernel[grid](
        x, weight, bias, result, rows, columns, epsilon,
        ROWS=together, BLOCK=block, num_warps=8,
    )  # fmt: skip
    return result
