"""What a tiled matrix product finds in L2, by which program takes which tile.

It is counted without running a kernel. So a shape that the interpreter would take minutes for is
counted in a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from tern.cost import Cache
from tern.gpu.configurations import Configuration
from tern.gpu.l2 import WAYS
from tern.gpu.sectors import LINE
from tern.gpu.tile_bound import Shape, divide_up

Order = Callable[[int, int, int, int], tuple[int, int]]


def dram_bytes_of_order(
    shape: Shape,
    how: Configuration,
    order: Order,
    size: int = 2,
    cache_bytes: int = 256 << 10,
    at_once: int = 16,
) -> int:
    """Bytes of a and b that come from memory, behind a cold toy L2: see l2.py, which it agrees
    with where matrices begin at a line.

    `order(program, rows, columns, how.group)` is the tile of a program; `at_once` programs run
    together, and take turns: a block of a, then one of b, then the next program. Rows of a and b
    are whole lines. O(lines requested).
    """
    return sum(dram_bytes_by_wave(shape, how, order, size, cache_bytes, at_once))


def dram_bytes_by_wave(
    shape: Shape,
    how: Configuration,
    order: Order,
    size: int = 2,
    cache_bytes: int = 256 << 10,
    at_once: int = 16,
) -> list[int]:
    """The same for each wave of programs that run together, behind what the waves before left."""
    waves = list(_waves(shape, how, order, size, at_once))
    missed = Cache(size=cache_bytes, ways=WAYS, line=LINE).missed(np.concatenate(waves) * LINE)
    ends = np.cumsum([len(wave) for wave in waves])
    return [LINE * int(part.sum()) for part in np.split(missed, ends[:-1])]


def _waves(
    shape: Shape, how: Configuration, order: Order, size: int, at_once: int
) -> Iterator[np.ndarray]:
    """The lines that each wave requests, in order."""
    m, n, k = shape
    down, across = divide_up(m, how.block_m), divide_up(n, how.block_n)
    if k * size % LINE or n * size % LINE:
        raise ValueError(f"rows of {k} and {n} elements are not made of lines of {LINE} bytes")
    a_begin, b_begin = 0, 1 << 40  # tensors begin at a page
    tiles = [order(program, down, across, how.group) for program in range(down * across)]
    for first in range(0, len(tiles), at_once):
        wave, lines = tiles[first : first + at_once], []
        for step in range(0, k, how.block_k):
            last = min(step + how.block_k, k)
            blocks = [
                (
                    a_begin + _lines(row * how.block_m, how.block_m, m, step, last, k, size),
                    b_begin + _lines(step, last - step, k, *_span(column, how.block_n, n), n, size),
                )
                for row, column in wave
            ]
            lines += [each for each, _ in blocks]
            lines += [each for _, each in blocks]
        yield np.concatenate(lines)


def _span(number: int, width: int, end: int) -> tuple[int, int]:
    return number * width, min((number + 1) * width, end)


def _lines(
    row: int, rows: int, most: int, first: int, last: int, width: int, size: int
) -> np.ndarray:
    """The numbers of the lines of a block of a matrix with `width` elements in a row: int64."""
    across = np.arange(first * size // LINE, -(-last * size // LINE))
    down = np.arange(row, min(row + rows, most)) * (width * size // LINE)
    return (down[:, None] + across[None, :]).ravel()
