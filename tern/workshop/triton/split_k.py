"""The product of a wide and a high matrix: few tiles, whose long sums several programs share."""

# A launch takes options that its kernel does not list.
# pyright: reportCallIssue=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def part_kernel(
    a, b, parts, m, n, k, share, ADD: tl.constexpr,
    BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):  # fmt: skip
    """The product over one stretch of k: added to a matrix, or kept as a matrix of its own."""
    rows = (tl.program_id(1) * BM + tl.arange(0, BM))[:, None]
    columns = (tl.program_id(0) * BN + tl.arange(0, BN))[None, :]
    number, steps = tl.program_id(2), tl.arange(0, BK)
    end = tl.minimum((number + 1) * share, k)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(number * share, end, BK):
        at = start + steps
        in_a, in_b = (rows < m) & (at[None, :] < end), (at[:, None] < end) & (columns < n)
        left = tl.load(a + rows.to(tl.int64) * k + at[None, :], mask=in_a, other=0.0)
        right = tl.load(b + at[:, None].to(tl.int64) * n + columns, mask=in_b, other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    inside, at = (rows < m) & (columns < n), rows.to(tl.int64) * n + columns
    if ADD:
        tl.atomic_add(parts + at, total, mask=inside, sem="relaxed")
    else:
        tl.store(parts + number.to(tl.int64) * m * n + at, total, mask=inside)


@triton.jit
def add_parts_kernel(parts, c, size, number, BLOCK: tl.constexpr, TOGETHER: tl.constexpr):
    """The sum of the parts, in one order, whichever program was ready first."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)[None, :]
    total = tl.zeros((1, BLOCK), tl.float32)
    for first in range(0, number, TOGETHER):
        which = first + tl.arange(0, TOGETHER)[:, None]
        inside = (which < number) & (at < size)
        block = tl.load(parts + which.to(tl.int64) * size + at, mask=inside, other=0.0)
        total += tl.sum(block, axis=0, keep_dims=True)
    tl.store(c + at, total, mask=at < size)


@part("workshop.triton.split_k", helpers=(part_kernel, add_parts_kernel))
def split_k(
    a: torch.Tensor, b: torch.Tensor, deterministic: bool = True, splits: int = 256
) -> torch.Tensor:
    """a @ b as float32[m, n], for [m, k] and [k, n] of float16, bfloat16, or float32, contiguous.

    m, n, and k are at least 1. At most `splits` programs share a tile, each a stretch of k that is
    a multiple of a step's length. Without `deterministic` they add to the result by atomics: floats
    are added in the order in which programs come to it, and the last bits differ from run to run.
    With it, each keeps its part, and a second launch adds the parts up, in one order:
    parts * m * n floats more are stored and loaded.

    >>> one = torch.ones(1, 100)
    >>> measure(split_k, one, one.T.contiguous()).results[0]
    tensor([[100.]])
    """
    (m, k), n = a.shape, b.shape[1]
    tile, step = 64, 64
    steps = triton.cdiv(k, step)
    share = triton.cdiv(steps, min(splits, steps)) * step
    parts = triton.cdiv(k, share)
    grid = (triton.cdiv(n, tile), triton.cdiv(m, tile), parts)
    empty = torch.empty if deterministic else torch.zeros
    shape = (parts, m, n) if deterministic else (m, n)
    kept = empty(shape, dtype=torch.float32, device=a.device)
    part_kernel[grid](
        a, b, kept, m, n, k, share, ADD=not deterministic,
        BM=tile, BN=tile, BK=step, num_warps=4, num_stages=3,
    )  # fmt: skip
    if not deterministic:
        return kept
    c = torch.empty((m, n), dtype=torch.float32, device=a.device)
    block = 16  # small, for this launch needs programs, too
    add_parts_kernel[(triton.cdiv(m * n, block),)](kept, c, m * n, parts, BLOCK=block, TOGETHER=64)
    return c
