"""A tuner: which configurations of a matrix product are worth compiling, for a GPU not at hand."""

from __future__ import annotations

import itertools

from tern.gpu.configurations import Configuration
from tern.gpu.devices import DEVICES
from tern.gpu.matmul_model import flop_per_clock, memory_bytes, memory_bytes_per_clock
from tern.gpu.resources import resources_of
from tern.gpu.tile_bound import divide_up
from tern.parts import part


def clocks(shape: tuple[int, int, int], how: Configuration, device: str) -> float:
    """What a product of float16 may take: the busiest multiprocessor's steps, or memory."""
    (m, n, k), units = shape, DEVICES[device].multiprocessors
    resident = resources_of(how, device, 2).resident
    tiles = divide_up(m, how.block_m) * divide_up(n, how.block_n)
    rounds, steps = divide_up(tiles, units), divide_up(k, how.block_k)
    together = min(resident, rounds)  # programs that take turns on one multiprocessor
    ahead = 1 if device == "sm_75" else max(how.stages - 1, 1)
    multiply = 2 * how.block_m * how.block_n * how.block_k / flop_per_clock(device, 2)
    from_l2 = (how.block_m + how.block_n) * how.block_k * 2 / 48
    wait = 600 / (together * ahead)
    busy = rounds * (steps * (max(multiply, from_l2, wait) + 40 / together) + 600 / together)
    from_memory = memory_bytes(shape, how, units * resident, 2) / memory_bytes_per_clock(device)
    return max(busy, from_memory)


@part("workshop.triton.autotune", helpers=(clocks,))
def autotune(shape: tuple[int, int, int], device: str, count: int = 4) -> list[Configuration]:
    """At most `count` configurations, the most promising first, for a product of float16.

    `shape` is m, n, and k, each at least 1, `device` is one of NVIDIA's in DEVICES, and `count` is
    at least 1. A configuration's sides are powers of two from 16 to 256, its depth is 16, 32, or
    64; it has 4 or 8 warps, and 2, 3, or 4 stages; and resources_of finds a program of it resident
    there. Nothing is compiled or timed, and no sum is split. The same arguments have the same
    result.

    >>> [how.block_m for how in autotune((16, 4096, 4096), "sm_80", 2)]
    [16, 16]
    """
    m, n, _ = shape
    sides, depths, warps, stages, groups = (
        (16, 32, 64, 128, 256),
        (16, 32, 64),
        (4, 8),
        (2, 3, 4),
        (1, 8),
    )
    found = []
    for tall, wide, *rest in itertools.product(sides, sides, depths, warps, stages, groups):
        how = Configuration(tall, wide, *rest, splits=1)
        if (tall > 16 and tall >= 2 * m) or (wide > 16 and wide >= 2 * n):
            continue  # a smaller tile covers the result as well
        if resources_of(how, device, 2).resident:
            found.append((clocks(shape, how, device), how))
    return [how for _, how in sorted(found)[:count]]
