"""The matrix product by tiles, at its plainest: one choice of tile, and no order of programs."""

# A launch takes options that its kernel does not list.
# pyright: reportCallIssue=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def tiled_matmul_kernel(
    a, b, c, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr
):  # fmt: skip
    rows = (tl.program_id(0) * BM + tl.arange(0, BM))[:, None]
    columns = (tl.program_id(1) * BN + tl.arange(0, BN))[None, :]
    steps = tl.arange(0, BK)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(0, k, BK):
        at = start + steps
        in_a, in_b = (rows < m) & (at[None, :] < k), (at[:, None] < k) & (columns < n)
        left = tl.load(a + rows.to(tl.int64) * k + at[None, :], mask=in_a, other=0.0)
        right = tl.load(b + at[:, None].to(tl.int64) * n + columns, mask=in_b, other=0.0)
        total = tl.dot(left, right, total)
    inside = (rows < m) & (columns < n)
    tl.store(c + rows.to(tl.int64) * n + columns, total.to(tl.float16), mask=inside)


@part("workshop.triton.tiled_matmul", helpers=(tiled_matmul_kernel,))
def tiled_matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a @ b as float16[m, n], of float16[m, k] and float16[k, n], contiguous; m, n >= 1, k >= 0.

    Every program computes one tile of the result, and adds up in float32, which is rounded once.
    Sizes need not be multiples of a tile's: masks keep each program inside of the matrices.

    >>> a = torch.tensor([[1.0, 2.0]]).half()
    >>> measure(tiled_matmul, a, a.T.contiguous()).results[0]
    tensor([[5.]], dtype=torch.float16)
    """
    (m, k), n = a.shape, b.shape[1]
    c = torch.empty((m, n), dtype=torch.float16, device=a.device)
    tall, wide = 128, 256 if n >= 256 else 128
    grid = (triton.cdiv(m, tall), triton.cdiv(n, wide))
    tiled_matmul_kernel[grid](
        a, b, c, m, n, k, BM=tall, BN=wide, BK=32, num_warps=8, num_stages=3
    )  # fmt: skip
    return c
