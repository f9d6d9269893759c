"""How many 32-byte sectors of memory a load or store touches."""

from __future__ import annotations

import numpy as np

from tern.gpu.coalescing import warp_costs

WARP = 32  # lanes that access memory together
LINE = 128  # bytes of a cache line, in traces


def count_sectors(addresses: np.ndarray, mask: np.ndarray, size: int) -> int:
    """Sectors that each group of 32 lanes touches, summed up.

    `addresses` and `mask` have one shape, of any rank; `size` is an element's, in bytes. The lanes
    of a block are dealt out along its axis of the least stride. Triton's compiler deals them out
    like this where it can prove which stride that is, from what the JIT tells it (16 divides a
    number, a number is 1); it does not see the addresses that are met here. O(n log 32).
    """
    if not mask.any():
        return 0
    axis = fastest_axis(addresses)
    addresses = np.moveaxis(addresses, axis, -1).reshape(-1)
    mask = np.moveaxis(mask, axis, -1).reshape(-1)
    padding = -addresses.size % WARP
    warps = np.pad(addresses, (0, padding)).reshape(-1, WARP)
    active = np.pad(mask, (0, padding)).reshape(-1, WARP)
    return int(warp_costs(warps, active, "sectors", size).sum())


def fastest_axis(addresses: np.ndarray) -> int:
    """The axis along which addresses step least, though they do step; the last one if none does."""
    best, axis = 0, addresses.ndim - 1
    for each in range(addresses.ndim):
        if addresses.shape[each] > 1:
            two = np.take(addresses, (0, 1), axis=each).astype(np.int64)
            stride = abs(
                int(np.take(two, 1, axis=each).flat[0] - np.take(two, 0, axis=each).flat[0])
            )
            if stride and (not best or stride < best):
                best, axis = stride, each
    return axis
