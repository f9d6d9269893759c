"""Attention without its matrix of scores: Dao, Fu, Ermon, Rudra, and Ré, "FlashAttention", 2022.

The online softmax is Milakov's and Gimelshein's, 2018; that a program takes a tile of queries and
goes through the keys is from Dao, "FlashAttention-2", 2023.
"""

# A launch takes options that its kernel does not list.
# pyright: reportCallIssue=false

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tern.parts import part


@triton.jit
def flash_attention_kernel(
    queries, keys, values, result, lse, n, m, d, scale, sharing,
    CAUSAL: tl.constexpr, WINDOW: tl.constexpr,
    BM: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    tile, head = tl.program_id(0), tl.program_id(1).to(tl.int64)
    rows, columns, depth = tile * BM + tl.arange(0, BM), tl.arange(0, BN), tl.arange(0, BD)
    at = head * n * d + rows.to(tl.int64)[:, None] * d + depth[None, :]
    in_query = (rows[:, None] < n) & (depth[None, :] < d)
    query = tl.load(queries + at, mask=in_query, other=0.0)
    keys += head // sharing * m * d
    values += head // sharing * m * d
    last = rows + (m - n)  # the last key that a causal query sees; the last query sees the last one
    first, end = 0, m
    if CAUSAL:  # of a tile's queries the last one sees most
        end = tl.minimum(m, tile * BM + BM + m - n)
    if WINDOW > 0:  # and the first one sees furthest back
        first = tl.maximum(tile * BM + m - n - WINDOW + 1, 0) // BN * BN
    largest = tl.full((BM,), -float("inf"), tl.float32)
    total = tl.zeros((BM,), tl.float32)
    sum = tl.zeros((BM, BD), tl.float32)
    for start in range(first, end, BN):
        key = start + columns
        inside = (key[:, None] < m) & (depth[None, :] < d)
        there = key.to(tl.int64)[:, None] * d + depth[None, :]
        block = tl.load(keys + there, mask=inside, other=0.0)
        scores = tl.dot(query, tl.trans(block), input_precision="ieee") * scale
        seen = key[None, :] < m
        if CAUSAL:
            seen = seen & (key[None, :] <= last[:, None])
        if WINDOW > 0:
            seen = seen & (key[None, :] > last[:, None] - WINDOW)
        scores = tl.where(seen, scores, -float("inf"))
        new = tl.maximum(largest, tl.max(scores, axis=1))
        shift = tl.where(new == -float("inf"), 0.0, new)  # -inf less -inf would be NaN
        powers = tl.exp(scores - shift[:, None])
        shrink = tl.exp(largest - shift)
        total = total * shrink + tl.sum(powers, axis=1)
        block = tl.load(values + there, mask=inside, other=0.0)
        sum = sum * shrink[:, None]
        sum = tl.dot(powers.to(block.dtype), block, sum, input_precision="ieee")
        largest = new
    divisor = tl.where(total == 0.0, 1.0, total)  # a row that sees no key is zero
    out = sum / divisor[:, None]
    tl.store(result + at, out.to(result.dtype.element_ty), mask=in_query)
    tl.store(lse + head * n + rows, largest + tl.log(divisor), mask=rows < n)


@part("workshop.triton.flash_attention", helpers=(flash_attention_kernel,))
def flash_attention(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    causal: bool = False,
    window: int = 0,
    block_m: int = 64,
    block_n: int = 64,
) -> tuple[torch.Tensor, torch.Tensor]:
    """softmax(queries @ keysᵀ / √d) @ values of each head, and each row's log-sum-exp of scores.

    queries and the result are [heads, n, d], keys and values [shared, m, d], contiguous, of
    float16, bfloat16, or float32; d is at most 128. `shared` divides `heads`: so many neighbors
    have the same keys (grouped-query attention). The log-sum-exp is float32[heads, n].

    With `causal`, query i sees the keys up to i + m - n, so that the last one sees all; a `window`
    of w > 0 is causal, and leaves of these the last w. A row that sees no key is zero, and its
    log-sum-exp -inf. No score is ever in memory: a program keeps `block_m` queries, loads
    `block_n` keys and values at a time, those that some of its queries see, and rescales what it
    has whenever the maximum grows.

    >>> x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    >>> measure(flash_attention, x, x, x, True).results[0]
    tensor([[[1.0000, 0.0000],
             [0.3302, 0.6698]]])
    """
    (heads, n, d), (shared, m, _) = queries.shape, keys.shape
    result = torch.empty_like(queries)
    lse = torch.empty((heads, n), dtype=torch.float32, device=queries.device)
    flash_attention_kernel[(triton.cdiv(n, block_m), heads)](
        queries, keys, values, result, lse, n, m, d, d**-0.5, heads // shared,
        CAUSAL=causal or window > 0, WINDOW=window,
        BM=block_m, BN=block_n, BD=max(16, triton.next_power_of_2(d)), num_warps=4, num_stages=2,
    )  # fmt: skip
    return result, lse
