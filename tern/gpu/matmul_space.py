"""The configurations of a matrix product that are worth a thought, and which of them to take."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import replace

from tern.gpu.configurations import Configuration
from tern.gpu.devices import DEVICES
from tern.gpu.matmul_model import Estimate, estimate
from tern.gpu.resources import resources_of
from tern.gpu.tile_bound import Shape, divide_up
from tern.parts import part

SIDES, DEPTHS, WARPS, STAGES, GROUPS = (
    (16, 32, 64, 128, 256),
    (16, 32, 64),
    (4, 8),
    (2, 3, 4),
    (1, 4, 8),
)
LEAST_SUMS = 2  # of a thread: fewer, and it has more addresses than sums
WAVES = 2  # programs for each multiprocessor, from which on sums need not be split
DEVICE = "sm_80"


def why_illegal(how: Configuration, device: str, size: int = 2, precision: str = "") -> str:
    """Why a configuration does not run, or not well; "" if nothing is known against it.

    Triton's blocks are powers of two, of 16 elements at least for tl.dot, and have 2**20 elements
    at most; a program has 1 to 32 warps, a power of two.
    """
    blocks = (how.block_m, how.block_n, how.block_k)
    if any(block < 16 or block & (block - 1) for block in blocks):
        return f"blocks of {blocks} elements: each is a power of two, and 16 at least"
    if max(how.block_m, how.block_n) * max(how.block_k, min(how.block_m, how.block_n)) > 1 << 20:
        return "a block of more than 2**20 elements"
    if how.warps not in (1, 2, 4, 8, 16, 32):
        return f"{how.warps} warps: a power of two, and 32 at most"
    if min(how.stages, how.group, how.splits) < 1:
        return "stages, groups, and splits begin at 1"
    needs = resources_of(how, device, size, precision)
    if needs.shared > DEVICES[device].max_shared:
        return f"{needs.shared:,} bytes of shared memory of {DEVICES[device].max_shared:,}"
    if not needs.resident:
        return f"some {needs.registers} registers: it would spill"
    return ""


@functools.cache
def space(
    device: str, size: int = 2, precision: str = "", columns: tuple[int, ...] = SIDES
) -> tuple[Configuration, ...]:
    """All legal configurations for a device, some hundreds; group and splits are left at 1.

    `columns` are the widths of a tile that are tried.
    """
    found = []
    for m, n, k, warps, stages in itertools.product(SIDES, columns, DEPTHS, WARPS, STAGES):
        how = Configuration(m, n, k, warps, stages, group=1, splits=1)
        if m * n >= LEAST_SUMS * 32 * warps and not why_illegal(how, device, size, precision):
            found.append(how)
    return tuple(found)


def estimates(
    shape: Shape, device: str, size: int = 2, precision: str = "", split: bool = False
) -> Iterator[Estimate]:
    """The model's estimate of every configuration that suits a shape; tiles that a smaller one
    would cover as well are left out. With `split`, programs may share long sums.
    """
    m, n, k = shape
    units = DEVICES[device].multiprocessors
    for how in space(device, size, precision):
        if any(
            block > 16 and block >= 2 * side
            for block, side in zip((how.block_m, how.block_n), (m, n))
        ):
            continue
        down, across = divide_up(m, how.block_m), divide_up(n, how.block_n)
        splits, most = [1], divide_up(k, how.block_k)
        while split and down * across * splits[-1] < WAVES * units and 2 * splits[-1] <= most:
            splits.append(2 * splits[-1])
        for group, number in itertools.product([g for g in GROUPS if g <= down], splits):
            yield estimate(shape, replace(how, group=group, splits=number), device, size, precision)


def candidates(
    shape: Shape,
    device: str = DEVICE,
    count: int = 4,
    size: int = 2,
    precision: str = "",
    split: bool = False,
) -> list[Configuration]:
    """The configurations that the model likes best: so many, for a GPU to choose from."""
    ranked = sorted(
        estimates(shape, device, size, precision, split),
        key=_rank,
    )
    return [each.how for each in ranked[:count]]


def choose_of_whole_rows(
    shape: Shape, device: str = DEVICE, size: int = 2, precision: str = ""
) -> Configuration | None:
    """The same where each program must have all columns, for it reduces them; None if none fits."""
    m, n, _ = shape
    width = max(16, 1 << (n - 1).bit_length())
    found = [
        estimate(shape, how, device, size, precision)
        for how in space(device, size, precision, (width,))
        if how.block_m <= 16 or how.block_m < 2 * m
    ]
    return min(found, key=_rank).how if found else None


def _rank(found: Estimate) -> tuple:
    return found.clocks, found.requested, found.from_memory, found.how


@part("gpu.matmul_space.choose")
def choose(
    shape: Shape, device: str = DEVICE, size: int = 2, precision: str = "", split: bool = False
) -> Configuration:
    """The configuration of the least clocks by the model, for an m x n x k product of elements of
    `size` bytes. Of equals it is the one that moves least, then the smallest: always the same.

    >>> choose((4096, 4096, 4096), "sm_80")
    Configuration(block_m=128, block_n=64, block_k=64, warps=4, stages=2, group=8, splits=1)
    """
    return candidates(shape, device, 1, size, precision, split)[0]
