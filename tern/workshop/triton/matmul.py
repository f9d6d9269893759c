"""The matrix product, by tiles."""

# A launch takes options that its kernel does not list, and a kernel calls what Python cannot.
# pyright: reportCallIssue=false, reportGeneralTypeIssues=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.gpu.configurations import Configuration
from tern.parts import part
from tern.workshop.triton.grouped import grouped

TILE = Configuration(128, 128, 32, warps=8, stages=3, group=8)


@triton.jit
def matmul_kernel(
    a, b, c, m, n, k,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, GROUP: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    row, column = grouped(tl.program_id(0), tl.cdiv(m, BM), tl.cdiv(n, BN), GROUP)
    rows = (row * BM + tl.arange(0, BM))[:, None]
    columns = (column * BN + tl.arange(0, BN))[None, :]
    steps = tl.arange(0, BK)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(0, k, BK):
        at = start + steps
        in_a, in_b = (rows < m) & (at[None, :] < k), (at[:, None] < k) & (columns < n)
        left = tl.load(a + rows.to(tl.int64) * k + at[None, :], mask=in_a, other=0.0)
        right = tl.load(b + at[:, None].to(tl.int64) * n + columns, mask=in_b, other=0.0)
        total = tl.dot(left, right, total, input_precision=PRECISION)
    inside = (rows < m) & (columns < n)
    tl.store(c + rows.to(tl.int64) * n + columns, total.to(c.dtype.element_ty), mask=inside)


@part("workshop.triton.matmul", helpers=(grouped, matmul_kernel))
def matmul(
    a: torch.Tensor,
    b: torch.Tensor,
    how: Configuration = TILE,
    precision: str = "ieee",
) -> torch.Tensor:
    """a @ b, of the type of a and b: [m, k] @ [k, n], float16, bfloat16, or float32, contiguous.

    Every program computes one tile of the result, and adds up in float32. Sizes need not be
    multiples of a tile's. `precision` is tl.dot's for float32: "ieee" (no tensor cores), "tf32"
    (10 bits of the fraction), "tf32x3" (three products of TF32, nearly float32).

    >>> a = torch.tensor([[1.0, 2.0]]).half()
    >>> measure(matmul, a, a.T.contiguous()).results[0]
    tensor([[5.]], dtype=torch.float16)
    """
    (m, k), n = a.shape, b.shape[1]
    c = torch.empty((m, n), dtype=a.dtype, device=a.device)
    tiles = triton.cdiv(m, how.block_m) * triton.cdiv(n, how.block_n)
    matmul_kernel[(tiles,)](
        a, b, c, m, n, k,
        BM=how.block_m, BN=how.block_n, BK=how.block_k, GROUP=how.group, PRECISION=precision,
        num_warps=how.warps, num_stages=how.stages,
    )  # fmt: skip
    return c
