"""Kernels to measure: right ones, of known cost."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    tl.store(out + at, tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside), mask=inside)


def add(x, y, block=1024) -> torch.Tensor:
    out = torch.empty_like(x)
    add_kernel[(triton.cdiv(x.numel(), block),)](x, y, out, x.numel(), BLOCK=block)
    return out


# ---- softmax over the rows of x[m, n] ------------------------------------------------------------


@triton.jit
def fused_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    powers = tl.exp(values - tl.max(values, axis=0))
    tl.store(out + row * n + at, powers / tl.sum(powers, axis=0), mask=at < n)


def fused(x) -> torch.Tensor:
    out = torch.empty_like(x)
    m, n = x.shape
    fused_kernel[(m,)](x, out, n, BLOCK=triton.next_power_of_2(n))
    return out


@triton.jit
def online_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    row, lane = tl.program_id(0), tl.arange(0, BLOCK)
    largest, total = -float("inf"), 0.0
    for first in range(0, n, BLOCK):
        at = first + lane
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
        new = tl.maximum(largest, tl.max(values, axis=0))
        total = total * tl.exp(largest - new) + tl.sum(tl.exp(values - new), axis=0)
        largest = new
    for first in range(0, n, BLOCK):
        at = first + lane
        values = tl.load(x + row * n + at, mask=at < n, other=0.0)
        tl.store(out + row * n + at, tl.exp(values - largest) / total, mask=at < n)


def online(x, block=256) -> torch.Tensor:
    out = torch.empty_like(x)
    online_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=block)
    return out


@triton.jit
def beside_idlers_kernel(x, out, n, EACH: tl.constexpr, BLOCK: tl.constexpr) -> None:
    number, at = tl.program_id(0), tl.arange(0, BLOCK)
    row = number // EACH
    if number % EACH == 0:
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
        powers = tl.exp(values - tl.max(values, axis=0))
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"), volatile=True)
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"), volatile=True)
        powers = tl.exp(values - tl.max(values, axis=0))
        tl.store(out + row * n + at, powers / tl.sum(powers, axis=0), mask=at < n)
    else:
        values = tl.load(x + row * n + at, mask=at < 16, other=0.0)
        tl.device_assert(tl.max(values, axis=0) > -1e30)


def beside_idlers(x, each=16) -> torch.Tensor:
    """The softmax of rows at twice the bytes; of `each` programs one works, and the others load 16
    numbers."""
    out = torch.empty_like(x)
    m, n = x.shape
    grid = (m * each,)
    beside_idlers_kernel[grid](x, out, n, EACH=each, BLOCK=triton.next_power_of_2(n))
    return out


@triton.jit
def three_pass_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    row, lane = tl.program_id(0), tl.arange(0, BLOCK)
    largest, total = -float("inf"), 0.0
    for first in range(0, n, BLOCK):
        at = first + lane
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
        largest = tl.maximum(largest, tl.max(values, axis=0))
    for first in range(0, n, BLOCK):
        at = first + lane
        values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
        total += tl.sum(tl.exp(values - largest), axis=0)
    for first in range(0, n, BLOCK):
        at = first + lane
        values = tl.load(x + row * n + at, mask=at < n, other=0.0)
        tl.store(out + row * n + at, tl.exp(values - largest) / total, mask=at < n)


def three_pass(x, block=256) -> torch.Tensor:
    out = torch.empty_like(x)
    three_pass_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=block)
    return out


@triton.jit
def max_kernel(x, largest, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * n + at, mask=at < n, other=-float("inf"))
    tl.store(largest + row, tl.max(values, axis=0))


@triton.jit
def exp_kernel(x, largest, powers, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * n + at, mask=at < n, other=0.0)
    tl.store(powers + row * n + at, tl.exp(values - tl.load(largest + row)), mask=at < n)


@triton.jit
def sum_kernel(powers, total, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(powers + row * n + at, mask=at < n, other=0.0)
    tl.store(total + row, tl.sum(values, axis=0))


@triton.jit
def divide_kernel(powers, total, out, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(powers + row * n + at, mask=at < n, other=0.0)
    tl.store(out + row * n + at, values / tl.load(total + row), mask=at < n)


def unfused(x) -> torch.Tensor:
    m, n = x.shape
    largest, total, powers, out = (
        x.new_empty(m),
        x.new_empty(m),
        torch.empty_like(x),
        torch.empty_like(x),
    )
    block = triton.next_power_of_2(n)
    max_kernel[(m,)](x, largest, n, BLOCK=block)
    exp_kernel[(m,)](x, largest, powers, n, BLOCK=block)
    sum_kernel[(m,)](powers, total, n, BLOCK=block)
    divide_kernel[(m,)](powers, total, out, n, BLOCK=block)
    return out


@triton.jit
def strided_kernel(x, out, m, n, BLOCK: tl.constexpr) -> None:
    """A lane for each row: neighboring lanes are n numbers apart in memory."""
    rows = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    largest, total = tl.full((BLOCK,), -float("inf"), tl.float32), tl.zeros((BLOCK,), tl.float32)
    for column in range(n):
        largest = tl.maximum(largest, tl.load(x + rows * n + column, mask=rows < m, other=0.0))
    for column in range(n):
        total += tl.exp(tl.load(x + rows * n + column, mask=rows < m, other=0.0) - largest)
    for column in range(n):
        values = tl.load(x + rows * n + column, mask=rows < m, other=0.0)
        tl.store(out + rows * n + column, tl.exp(values - largest) / total, mask=rows < m)


def column_strided(x) -> torch.Tensor:
    out = torch.empty_like(x)
    m, n = x.shape
    strided_kernel[(triton.cdiv(m, 32),)](x, out, m, n, BLOCK=32, num_warps=1)
    return out


# ---- matmul: c[m, n] = a[m, k] · b[k, n] ---------------------------------------------------------


@triton.jit
def row_kernel(a, b, c, n, k, BLOCK: tl.constexpr) -> None:
    """One stretch of one row of c, without tl.dot."""
    row, columns = tl.program_id(0), tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for at in range(k):
        total += tl.load(a + row * k + at).to(tl.float32) * tl.load(b + at * n + columns).to(
            tl.float32
        )
    tl.store(c + row * n + columns, total.to(c.dtype.element_ty))


def rowwise(a, b, block=128) -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    c = a.new_empty(m, n)
    row_kernel[(m, n // block)](a, b, c, n, k, BLOCK=block)
    return c


@triton.jit
def tile_kernel(
    a, b, c, m, n, k, TILE: tl.constexpr, STEP: tl.constexpr, GROUP: tl.constexpr
) -> None:
    """Tiles of c in groups of GROUP rows of tiles (1: row by row)."""
    across, number = tl.cdiv(n, TILE), tl.program_id(0)
    group = number // (GROUP * across)
    height = tl.minimum(tl.cdiv(m, TILE) - group * GROUP, GROUP)
    rows = (group * GROUP + number % (GROUP * across) % height) * TILE + tl.arange(0, TILE)
    columns = number % (GROUP * across) // height * TILE + tl.arange(0, TILE)
    steps = tl.arange(0, STEP)
    total = tl.zeros((TILE, TILE), tl.float32)
    for first in range(0, k, STEP):
        at = first + steps
        left = tl.load(a + rows[:, None] * k + at, mask=(rows < m)[:, None] & (at < k), other=0.0)
        right = tl.load(
            b + at[:, None] * n + columns, mask=(at < k)[:, None] & (columns < n), other=0.0
        )
        total = tl.dot(left, right, total)
    inside = (rows < m)[:, None] & (columns < n)
    tl.store(c + rows[:, None] * n + columns, total.to(c.dtype.element_ty), mask=inside)


def tiled(a, b, tile=64, step=32, group=1, warps=4) -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    c = a.new_empty(m, n)
    grid = (triton.cdiv(m, tile) * triton.cdiv(n, tile),)
    tile_kernel[grid](a, b, c, m, n, k, TILE=tile, STEP=step, GROUP=group, num_warps=warps)
    return c


# ---- layer norm over the rows of x[m, n] ---------------------------------------------------------


@triton.jit
def norm_kernel(x, weight, bias, out, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < n
    values = tl.load(x + row * n + at, mask=inside, other=0.0)
    mean = tl.sum(values, axis=0) / n
    centered = tl.where(inside, values - mean, 0.0)
    scale = 1 / tl.sqrt(tl.sum(centered * centered, axis=0) / n + 1e-5)
    result = centered * scale * tl.load(weight + at, mask=inside) + tl.load(bias + at, mask=inside)
    tl.store(out + row * n + at, result, mask=inside)


def layer_norm(x, weight, bias) -> torch.Tensor:
    out = torch.empty_like(x)
    m, n = x.shape
    norm_kernel[(m,)](x, weight, bias, out, n, BLOCK=triton.next_power_of_2(n))
    return out


@triton.jit
def norm_two_pass_kernel(x, weight, bias, out, n, BLOCK: tl.constexpr) -> None:
    row, lane = tl.program_id(0), tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    squares = tl.zeros((BLOCK,), tl.float32)
    for first in range(0, n, BLOCK):
        values = tl.load(x + row * n + first + lane, mask=first + lane < n, other=0.0)
        total += values
        squares += values * values
    mean = tl.sum(total, axis=0) / n
    scale = 1 / tl.sqrt(tl.sum(squares, axis=0) / n - mean * mean + 1e-5)
    for first in range(0, n, BLOCK):
        at = first + lane
        inside = at < n
        values = (tl.load(x + row * n + at, mask=inside) - mean) * scale
        result = values * tl.load(weight + at, mask=inside) + tl.load(bias + at, mask=inside)
        tl.store(out + row * n + at, result, mask=inside)


def layer_norm_two_pass(x, weight, bias, block=64) -> torch.Tensor:
    out = torch.empty_like(x)
    m, n = x.shape
    norm_two_pass_kernel[(m,)](x, weight, bias, out, n, BLOCK=block)
    return out
