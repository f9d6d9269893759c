"""A matrix product with an epilogue: what becomes of a tile before it leaves the registers."""

# A launch takes options that its kernel does not list.
# pyright: reportCallIssue=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def linear_kernel(
    x, weight, scale, bias, residual, result, m, n, k,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    rows = (tl.program_id(0) * BM + tl.arange(0, BM))[:, None]
    columns = (tl.program_id(1) * BN + tl.arange(0, BN))[None, :]
    steps = tl.arange(0, BK)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(0, k, BK):
        at = start + steps
        in_x, in_w = (rows < m) & (at[None, :] < k), (at[:, None] < k) & (columns < n)
        left = tl.load(x + rows.to(tl.int64) * k + at[None, :], mask=in_x, other=0.0)
        right = tl.load(weight + at[:, None].to(tl.int64) * n + columns, mask=in_w, other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    inside, at = (rows < m) & (columns < n), rows.to(tl.int64) * n + columns
    total *= tl.load(scale + rows, mask=rows < m, other=0.0)
    total += tl.load(bias + columns, mask=columns < n, other=0.0)
    total = tl.maximum(total, 0.0, propagate_nan=tl.PropagateNan.ALL)
    total += tl.load(residual + at, mask=inside, other=0.0)
    tl.store(result + at, total.to(result.dtype.element_ty), mask=inside)


@part("workshop.triton.linear", helpers=(linear_kernel,))
def linear(
    x: torch.Tensor,
    weight: torch.Tensor,
    scale: torch.Tensor,
    bias: torch.Tensor,
    residual: torch.Tensor,
) -> torch.Tensor:
    """relu(scale[:, None] * (x @ weight) + bias) + residual, in one launch.

    x is [m, k], weight [k, n], residual and result [m, n], of float16, bfloat16, or float32; scale
    is float32[m], bias float32[n]; all are contiguous. The product is never in memory: its tile is
    scaled, shifted, and rectified in registers, in float32, and rounded once. relu passes NaN on.

    >>> one = torch.ones(1, 1)
    >>> measure(linear, one, -2 * one, one[0], 3 * one[0], one).results[0]
    tensor([[2.]])
    """
    (m, k), n = x.shape, weight.shape[1]
    result = torch.empty((m, n), dtype=x.dtype, device=x.device)
    tall, wide = (128, 128) if x.element_size() == 2 else (64, 64)
    grid = (triton.cdiv(m, tall), triton.cdiv(n, wide))
    linear_kernel[grid](
        x, weight, scale, bias, residual, result, m, n, k,
        BM=tall, BN=wide, BK=32, num_warps=8, num_stages=3,
    )  # fmt: skip
    return result
