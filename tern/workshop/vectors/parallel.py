"""A sum in threads whose bits do not depend on how many threads there are, or on the machine."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from tern.parts import part

BLOCK = 4096
"""Numbers of a block: they are added up from left to right."""


@njit
def sum_block(x: np.ndarray) -> np.float32:
    """The sum of x from left to right; 0 of none."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total


@njit
def sum_pairs(parts: np.ndarray) -> np.float32:
    """The sum of numbers in pairs, pairs of pairs, and so on; overwrites them. 0 of none."""
    size = parts.size
    while size > 1:
        half = size // 2
        for i in range(half):
            parts[i] = parts[2 * i] + parts[2 * i + 1]
        if size % 2:
            parts[half] = parts[size - 1]
        size = half + size % 2
    return parts[0] if size else np.float32(0)


@njit
def serial_sum(x: np.ndarray, threads: int) -> np.float32:
    """The same sum by one thread, whatever `threads` is."""
    parts = np.empty(-(-x.size // BLOCK), np.float32)
    for i in range(parts.size):
        parts[i] = sum_block(x[i * BLOCK : (i + 1) * BLOCK])
    return sum_pairs(parts)


@part("workshop.vectors.parallel_sum", helpers=(sum_block, sum_pairs))
@njit(parallel=True)
def parallel_sum(x: np.ndarray, threads: int) -> np.float32:
    """The sum of x, by `threads` workers, with the same bits for any number of them.

    x is float32[n], C-contiguous. Which numbers are added to which depends on n alone: blocks of
    4096 from left to right, the sums of blocks in pairs of neighbors, these in pairs, and so on,
    where the last of an odd number waits for the next round; all in float32. The error is at most
    (4096 + log n) 2^-24 times the sum of |x|.

    Raises:
        ValueError: threads is not positive.
    """
    if threads < 1:
        raise ValueError("a sum needs at least one thread")
    block = 4096
    parts = np.empty(-(-x.size // block), np.float32)
    for worker in prange(threads):
        for i in range(worker, parts.size, threads):
            parts[i] = sum_block(x[i * block : (i + 1) * block])
    return sum_pairs(parts)
