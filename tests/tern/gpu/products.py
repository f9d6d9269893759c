"""Kernels around tl.dot: descriptors, split sums, causal loops. Some have one planted fault, whose
line the comment `# here` marks.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor


@triton.jit
def one_dot_kernel(
    a, b, c, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, PRECISION: tl.constexpr
) -> None:
    rows, columns, steps = tl.arange(0, M)[:, None], tl.arange(0, N), tl.arange(0, K)
    left = tl.load(a + rows * K + steps[None, :])
    right = tl.load(b + steps[:, None] * N + columns[None, :])
    total = tl.dot(left, right, input_precision=PRECISION)
    tl.store(c + rows * N + columns[None, :], total)


def one_dot(a, b, precision="ieee") -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    c = torch.empty((m, n), dtype=torch.float32)
    one_dot_kernel[(1,)](a, b, c, M=m, N=n, K=k, PRECISION=precision)
    return c


@triton.jit
def half_sum_kernel(a, b, c, N: tl.constexpr) -> None:
    at = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    total = tl.dot(tl.load(a + at), tl.load(b + at), out_dtype=tl.float16)
    tl.store(c + at, total)


def half_sum(a, b) -> torch.Tensor:
    c = torch.empty_like(a)
    half_sum_kernel[(1,)](a, b, c, N=a.shape[0])
    return c


# ---- descriptors ---------------------------------------------------------------------------------


@triton.jit
def described_kernel(
    a, b, c, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, STAGES: tl.constexpr
) -> None:
    left = tl.make_tensor_descriptor(a, [m, k], [k, 1], [BM, BK])
    right = tl.make_tensor_descriptor(b, [k, n], [n, 1], [BK, BN])
    result = tl.make_tensor_descriptor(c, [m, n], [n, 1], [BM, BN])
    row, column = tl.program_id(1) * BM, tl.program_id(0) * BN
    total = tl.zeros((BM, BN), tl.float32)
    for start in tl.range(0, k, BK, num_stages=STAGES):
        total = tl.dot(left.load([row, start]), right.load([start, column]), total)
    result.store([row, column], total.to(c.dtype.element_ty))


def described(a, b, tile=32, stages=2) -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    c = a.new_empty(m, n)
    grid = (triton.cdiv(n, tile), triton.cdiv(m, tile))
    described_kernel[grid](a, b, c, m, n, k, BM=tile, BN=tile, BK=32, STAGES=stages)
    return c


@triton.jit
def given_descriptor_kernel(x, result, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK
    result.store([at, 0], x.load([at, 0]) * 2)


def given_descriptor(x) -> torch.Tensor:
    out = torch.empty_like(x)
    rows, columns = x.shape
    source = TensorDescriptor(x, [rows, columns], [columns, 1], [16, 16])
    target = TensorDescriptor(out, [rows, columns], [columns, 1], [16, 16])
    given_descriptor_kernel[(triton.cdiv(rows, 16),)](source, target, BLOCK=16)
    return out


@triton.jit
def too_high_kernel(x, out, rows, columns, BLOCK: tl.constexpr) -> None:
    """A descriptor that says that the tensor has a row more than it has."""
    source = tl.make_tensor_descriptor(x, [rows + 1, columns], [columns, 1], [BLOCK, BLOCK])
    target = tl.make_tensor_descriptor(out, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    block = source.load([tl.program_id(0) * BLOCK, 0])  # here
    target.store([tl.program_id(0) * BLOCK, 0], block)


def too_high(x) -> torch.Tensor:
    out = torch.empty_like(x)
    too_high_kernel[(triton.cdiv(x.shape[0], 16),)](x, out, *x.shape, BLOCK=16)
    return out


@triton.jit
def overlapping_kernel(x, out, rows, columns, BLOCK: tl.constexpr) -> None:
    source = tl.make_tensor_descriptor(x, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    target = tl.make_tensor_descriptor(out, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    at = tl.program_id(0) * (BLOCK - 1)
    target.store([at, 0], source.load([at, 0]))  # here


def overlapping(x) -> torch.Tensor:
    out = torch.empty_like(x)
    overlapping_kernel[(triton.cdiv(x.shape[0], 15),)](x, out, *x.shape, BLOCK=16)
    return out


@triton.jit
def reducing_kernel(x, out, rows, columns, BLOCK: tl.constexpr) -> None:
    source = tl.make_tensor_descriptor(x, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    target = tl.make_tensor_descriptor(out, [BLOCK, columns], [columns, 1], [BLOCK, BLOCK])
    target.atomic_add([0, 0], source.load([tl.program_id(0) * BLOCK, 0]))  # here


def reducing(x, is_zero=True) -> torch.Tensor:
    """The sum of the blocks of 16 rows."""
    out = x.new_zeros(16, x.shape[1]) if is_zero else x.new_empty(16, x.shape[1])
    reducing_kernel[(triton.cdiv(x.shape[0], 16),)](x, out, *x.shape, BLOCK=16)
    return out


# ---- sums that programs share --------------------------------------------------------------------


@triton.jit
def shared_sum_kernel(
    a, b, c, m, n, k, share, HOW: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr
) -> None:
    rows = (tl.program_id(1) * BM + tl.arange(0, BM))[:, None]
    columns = (tl.program_id(0) * BN + tl.arange(0, BN))[None, :]
    part, steps = tl.program_id(2), tl.arange(0, BK)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(part * share, tl.minimum((part + 1) * share, k), BK):
        at = start + steps
        left = tl.load(a + rows * k + at[None, :], (rows < m) & (at < k)[None, :], 0.0)
        right = tl.load(b + at[:, None] * n + columns, (at < k)[:, None] & (columns < n), 0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    inside = (rows < m) & (columns < n)
    if HOW == "atomic":
        tl.atomic_add(c + rows * n + columns, total, mask=inside)
    elif HOW == "parts":
        tl.store(c + part * m * n + rows * n + columns, total, mask=inside)
    elif HOW == "half the parts":
        tl.store(c + part * m * n + rows * n + columns, total, mask=inside & (part % 2 == 0))
    else:
        tl.store(c + rows * n + columns, total, mask=inside)


@triton.jit
def add_up_kernel(parts, c, size, PARTS: tl.constexpr, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for part in tl.static_range(PARTS):
        total += tl.load(parts + part * size + at, mask=at < size, other=0.0)
    tl.store(c + at, total, mask=at < size)


def shared_sum(a, b, how="atomic", is_zero=True, share=64) -> torch.Tensor:
    """In tiles of 16 by 32, steps of 32; programs share a tile's k, `share` for each."""
    (m, k), n = a.shape, b.shape[1]
    parts = triton.cdiv(k, share)
    grid = (triton.cdiv(n, 32), triton.cdiv(m, 16), parts)
    shape = (parts, m, n) if "parts" in how else (m, n)
    kept = torch.zeros(shape) if is_zero and "parts" not in how else torch.empty(shape)
    shared_sum_kernel[grid](a, b, kept, m, n, k, share, HOW=how, BM=16, BN=32, BK=32)
    if "parts" not in how:
        return kept
    c = torch.empty(m, n)
    add_up_kernel[(triton.cdiv(m * n, 256),)](kept, c, m * n, PARTS=parts, BLOCK=256)
    return c


# ---- loops whose ends depend on the program ------------------------------------------------------


@triton.jit
def causal_kernel(q, k, out, n, d, MASKED: tl.constexpr, B: tl.constexpr, D: tl.constexpr) -> None:
    """The sum of relu(q·kᵀ) over the keys up to each query's own."""
    rows, columns, depth = tl.program_id(0) * B + tl.arange(0, B), tl.arange(0, B), tl.arange(0, D)
    inside = (rows < n)[:, None] & (depth < d)[None, :]
    query = tl.load(q + rows[:, None] * d + depth[None, :], mask=inside, other=0.0)
    total = tl.zeros((B,), tl.float32)
    for start in tl.range(0, (tl.program_id(0) + 1) * B, B, num_stages=3):
        key = start + columns
        if MASKED:
            block = tl.load(
                k + key[:, None] * d + depth[None, :],
                mask=(key < n)[:, None] & (depth < d)[None, :],
                other=0.0,
            )
        else:
            block = tl.load(k + key[:, None] * d + depth[None, :])  # here
        scores = tl.dot(query, tl.trans(block), input_precision="ieee")
        seen = (key[None, :] <= rows[:, None]) & (key < n)[None, :]
        total += tl.sum(tl.where(seen, tl.maximum(scores, 0.0), 0.0), axis=1)
    tl.store(out + rows, total, mask=rows < n)


def causal(q, k, masked=True) -> torch.Tensor:
    (n, d), block = q.shape, 16
    out = torch.empty(n)
    causal_kernel[(triton.cdiv(n, block),)](q, k, out, n, d, MASKED=masked, B=block, D=d)
    return out


@triton.jit
def batched_kernel(a, b, c, m, n, k, TILE: tl.constexpr, FULL: tl.constexpr) -> None:
    """A grid of three axes: columns, rows, and batches, of which the last tile may be forgotten."""
    rows = (tl.program_id(1) * TILE + tl.arange(0, TILE))[:, None]
    columns = (tl.program_id(0) * TILE + tl.arange(0, TILE))[None, :]
    batch, steps = tl.program_id(2), tl.arange(0, TILE)
    total = tl.zeros((TILE, TILE), tl.float32)
    for start in range(0, k, TILE):
        at = start + steps
        left = tl.load(
            a + batch * m * k + rows * k + at[None, :], (rows < m) & (at < k)[None, :], 0.0
        )
        right = tl.load(
            b + batch * k * n + at[:, None] * n + columns, (at < k)[:, None] & (columns < n), 0.0
        )
        total = tl.dot(left, right, total, input_precision="ieee")
    inside = (rows < m) & (columns < n)
    if FULL:
        inside = inside & (batch < 2)
    tl.store(c + batch * m * n + rows * n + columns, total, mask=inside)


def batched(a, b, forgets=False) -> torch.Tensor:
    (batches, m, k), n = a.shape, b.shape[2]
    c = torch.empty(batches, m, n)
    grid = (triton.cdiv(n, 16), triton.cdiv(m, 16), batches)
    batched_kernel[grid](a, b, c, m, n, k, TILE=16, FULL=forgets)
    return c
