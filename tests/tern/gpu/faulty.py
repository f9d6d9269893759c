"""Wrong kernels, each with one planted fault. The comment `# here` marks the line to be named."""

from __future__ import annotations

import functools

import torch
import triton
import triton.language as tl


@triton.jit
def no_mask_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at)  # here
    tl.store(out + at, values * 2, mask=at < n)


def no_mask(x) -> torch.Tensor:
    out = torch.empty_like(x)
    no_mask_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def no_store_mask_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(out + at, values * 2)  # here


def no_store_mask(x) -> torch.Tensor:
    out = torch.empty_like(x)
    no_store_mask_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def wrong_mask_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at <= n, other=0.0)  # here
    tl.store(out + at, values * 2, mask=at < n)


def wrong_mask(x) -> torch.Tensor:
    out = torch.empty_like(x)
    wrong_mask_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def no_other_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * n + at, mask=at < n)  # here
    total = tl.sum(values, axis=0)
    tl.store(out + row, total)


def no_other(x) -> torch.Tensor:
    out = x.new_empty(x.shape[0])
    no_other_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out


@triton.jit
def stored_undefined_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n - 1)  # here
    tl.store(out + at, values + 1, mask=at < n)


def stored_undefined(x) -> torch.Tensor:
    out = torch.empty_like(x)
    stored_undefined_kernel[(1,)](x, out, x.numel(), BLOCK=triton.next_power_of_2(x.numel()))
    return out


@triton.jit
def race_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    """Adds up without an atomic: all programs read and write out[0]."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    part = tl.sum(tl.load(x + at, mask=at < n, other=0.0), axis=0)
    tl.store(out, tl.load(out) + part)  # here


def race(x) -> torch.Tensor:
    out = x.new_zeros(1)
    race_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def overlap_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    """Blocks overlap by one element, and both write it."""
    at = tl.program_id(0) * (BLOCK - 1) + tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(out + at, values, mask=at < n)  # here


def overlap(x) -> torch.Tensor:
    out = torch.empty_like(x)
    overlap_kernel[(triton.cdiv(x.numel(), 255),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def in_place_kernel(x, n, BLOCK: tl.constexpr) -> None:
    """Shifts to the left in place: what a program reads, the next one may have overwritten."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    values = tl.load(x + at + 1, mask=at + 1 < n, other=0.0)
    tl.store(x + at, values, mask=at < n)  # here


def in_place(x) -> torch.Tensor:
    in_place_kernel[(triton.cdiv(x.numel(), 256),)](x, x.numel(), BLOCK=256)
    return x


@triton.jit
def two_lanes_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    values = tl.load(x + at, mask=at < n, other=0.0)
    tl.store(out + at // 2, values, mask=at < n)  # here


def two_lanes(x) -> torch.Tensor:
    out = x.new_empty(x.numel() // 2)
    two_lanes_kernel[(1,)](x, out, x.numel(), BLOCK=triton.next_power_of_2(x.numel()))
    return out


@triton.jit
def accumulate_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    before = tl.load(out + at, mask=at < n, other=0.0)  # here
    tl.store(out + at, before + tl.load(x + at, mask=at < n, other=0.0), mask=at < n)


def uninitialized(x) -> torch.Tensor:
    out = torch.empty_like(x)
    accumulate_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, 2 * tl.load(x + at, mask=at < n), mask=at < n)


def wrong_grid(x) -> torch.Tensor:
    """Rounds the number of programs down."""
    out = torch.empty_like(x)
    double_kernel[(x.numel() // 256,)](x, out, x.numel(), BLOCK=256)
    return out


def double_all(x) -> torch.Tensor:
    out = torch.empty_like(x)
    double_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


def torch_only(x) -> torch.Tensor:
    return x * 2


@triton.jit
def hang_kernel(x, out, n) -> None:
    left = tl.load(x)
    while n > 0:  # here
        left += 1
    tl.store(out, left)


def hang(x) -> torch.Tensor:
    out = x.new_empty(1)
    hang_kernel[(1,)](x, out, x.numel())
    return out


@triton.jit
def empty_hang_kernel(out) -> None:
    while True:  # here
        pass
    tl.store(out, 1.0)


def empty_hang(x) -> torch.Tensor:
    out = x.new_empty(1)
    empty_hang_kernel[(1,)](out)
    return out


@triton.jit
def gather_kernel(x, indices, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    chosen = tl.load(indices + at, mask=at < n)
    tl.store(out + at, tl.load(x + chosen), mask=at < n)  # here


def undefined_address(x, indices) -> torch.Tensor:
    out = x.new_empty(indices.numel())
    block = triton.next_power_of_2(indices.numel())
    gather_kernel[(1,)](x, indices, out, indices.numel(), BLOCK=block)
    return out


@triton.jit
def asserting_kernel(x, out, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    values = tl.load(x + at)
    tl.device_assert(values > 0, "only positive numbers have a root")  # here
    tl.store(out + at, tl.sqrt(values))


def asserting(x) -> torch.Tensor:
    out = torch.empty_like(x)
    asserting_kernel[(1,)](x, out, BLOCK=x.numel())
    return out


@triton.jit
def raising_kernel(x, out, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at) + tl.arange(0, 2 * BLOCK))  # here


def raising(x) -> torch.Tensor:
    out = torch.empty_like(x)
    raising_kernel[(1,)](x, out, BLOCK=x.numel())
    return out


# ---- what the interpreter runs and the compiler refuses ------------------------------------------


@triton.jit
def breaking_kernel(x, out, n) -> None:
    total = 0.0
    for at in range(n):
        value = tl.load(x + at)
        if value < 0:
            break  # here
        total += value
    tl.store(out, total)


def breaking(x) -> torch.Tensor:
    out = x.new_empty(1)
    breaking_kernel[(1,)](x, out, x.numel())
    return out


@triton.jit
def small_dot_kernel(a, b, c, N: tl.constexpr, K: tl.constexpr) -> None:
    rows, columns, steps = tl.arange(0, N), tl.arange(0, N), tl.arange(0, K)
    left = tl.load(a + rows[:, None] * K + steps)
    right = tl.load(b + steps[:, None] * N + columns)
    tl.store(c + rows[:, None] * N + columns, tl.dot(left, right))  # here


def small_dot(a, b) -> torch.Tensor:
    c = a.new_empty(a.shape[0], b.shape[1])
    small_dot_kernel[(1,)](a, b, c, N=a.shape[0], K=a.shape[1])
    return c


@triton.jit
def twice(x):  # noqa: ANN201
    return x + x


@functools.wraps(twice)
def in_python(x):  # noqa: ANN201
    return x + x


@triton.jit
def stranger_kernel(x, out) -> None:
    tl.store(out, in_python(tl.load(x)))  # here


def stranger(x) -> torch.Tensor:
    out = x.new_empty(1)
    stranger_kernel[(1,)](x, out)
    return out


# ---- right, and told from the wrong ones ---------------------------------------------------------


@triton.jit
def careful_kernel(x, out, m, n, ROWS: tl.constexpr, BLOCK: tl.constexpr) -> None:
    """Rows beyond the last are undefined throughout, and never stored; the rest is put right."""
    rows, at = tl.program_id(0) * ROWS + tl.arange(0, ROWS), tl.arange(0, BLOCK)
    inside = (rows < m)[:, None] & (at < n)
    values = tl.load(x + rows[:, None] * n + at, mask=inside)
    values = tl.where(at < n, values, 0.0)
    positive = inside & (values > 0)
    total = tl.sum(tl.where(positive, values, 0.0), axis=1)
    tl.store(out + rows, total + tl.sum(values, axis=1), mask=rows < m)


def careful(x) -> torch.Tensor:
    out = x.new_empty(x.shape[0])
    m, n = x.shape
    block = triton.next_power_of_2(n)
    careful_kernel[(triton.cdiv(m, 4),)](x, out, m, n, ROWS=4, BLOCK=block)
    return out


@triton.jit
def atomic_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(out, tl.sum(tl.load(x + at, mask=at < n, other=0.0), axis=0))


def atomic(x) -> torch.Tensor:
    out = x.new_zeros(1)
    atomic_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


# ---- atomics beside plain accesses ---------------------------------------------------------------


@triton.jit
def mixed_kernel(out, MINE: tl.constexpr, OTHERS: tl.constexpr) -> None:
    """Program 0 does one thing to out[0], the others another."""
    what = MINE if tl.program_id(0) == 0 else OTHERS
    if what == "load":
        tl.store(out + 1 + tl.program_id(0), tl.load(out))
    elif what == "store":
        tl.store(out, 1.0)
    else:
        tl.atomic_add(out, 1.0)


def mixed(mine, others) -> torch.Tensor:
    out = torch.zeros(8)
    mixed_kernel[(3,)](out, MINE=mine, OTHERS=others)
    return out


@triton.jit
def beside_an_atomic_kernel(x, out, USED: tl.constexpr) -> None:
    """Adds up without an atomic, beside one that is about something else, or that is gone by."""
    if USED:
        before = tl.atomic_add(out + 1, 1.0)
    else:
        before = 0.0
        tl.atomic_add(out + 1, 1.0)
    total = tl.load(out, mask=before >= 0.0, other=0.0) + tl.load(x + tl.program_id(0))  # here
    tl.store(out, total)  # and here


def beside_an_atomic(x, used) -> torch.Tensor:
    out = x.new_zeros(2)
    beside_an_atomic_kernel[(x.numel(),)](x, out, USED=used)
    return out


@triton.jit
def upper_half_kernel(words, halves, out, N: tl.constexpr) -> None:
    """Program 0 writes words, and program 1 reads the upper half of each."""
    at = tl.arange(0, N)
    if tl.program_id(0) == 0:
        tl.store(words + at, 1.0)
    else:
        tl.store(out + at, tl.load(halves + 2 * at + 1))


def upper_halves(x) -> torch.Tensor:
    out = torch.empty(8, dtype=torch.int16)
    upper_half_kernel[(2,)](x, x.view(torch.int16), out, N=8)
    return out


@triton.jit
def last_block_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    """Blocks of one size; the last one is moved back, and writes what others write as well."""
    at = tl.minimum(tl.program_id(0) * BLOCK, n - BLOCK) + tl.arange(0, BLOCK)
    tl.store(out + at, 2 * tl.load(x + at))


def last_block(x) -> torch.Tensor:
    out = torch.empty_like(x)
    last_block_kernel[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


@triton.jit
def scalars_kernel(x, out, a, b, BLOCK: tl.constexpr) -> None:
    at = tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at) * ((a + b) - a))
    tl.store(out + BLOCK + at, tl.load(x + at) / b)


def scalars(x, a, b) -> torch.Tensor:
    out = x.new_empty(2 * x.numel())
    scalars_kernel[(1,)](x, out, a, b, BLOCK=x.numel())
    return out


@triton.jit
def wide_grid_kernel(out) -> None:
    tl.store(out + tl.program_id(0) + tl.program_id(1) + tl.program_id(2), 1.0)


def wide_grid(*grid) -> torch.Tensor:
    out = torch.empty(max(grid))
    wide_grid_kernel[grid](out)
    return out
