"""The memory accesses of C[i, j] += A[i, k] * B[k, j], in every loop order and tiled.

The three matrices are square, of n rows, row-major, with `padding` unused elements after each row.
A, B and C follow each other from address 0 on, each from a multiple of 4096 bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tern.cost.cache import Cache

PAGE = 4096  # bytes
CHUNK = 1 << 20  # accesses that a chunk of a trace has at most, unless one innermost loop has more
# The letters that each matrix's rows and columns are counted by.
ROWS_AND_COLUMNS = {"A": "ik", "B": "kj", "C": "ij"}


@dataclass(frozen=True)
class TileChoice:
    """The tile size with the fewest misses, the largest of several, and the misses of each size."""

    best: int
    misses: dict[int, int]


def matmul_arrays(n: int, dtype_bytes: int = 4, padding: int = 0) -> dict[str, range]:
    """The byte addresses of A, B and C. ValueError unless n and dtype_bytes are positive."""
    if n < 1 or dtype_bytes < 1 or padding < 0:
        raise ValueError(
            f"needs n >= 1, dtype_bytes >= 1 and padding >= 0, not {n}, {dtype_bytes} and {padding}"
        )
    size = n * (n + padding) * dtype_bytes
    step = math.ceil(size / PAGE) * PAGE
    return {name: range(at * step, at * step + size) for at, name in enumerate("ABC")}


def matmul_trace(
    n: int,
    order: str = "ijk",
    tiles: int | Sequence[int] | None = None,
    dtype_bytes: int = 4,
    padding: int = 0,
) -> Iterator[np.ndarray]:
    """The addresses that a scalar matrix product accesses, in order, as chunks of int64.

    `order` names the loops from the outermost in. `tiles` holds the tile sizes of i, j and k, or
    one size for all three: three loops over tiles run around the three loops within a tile, both in
    `order`; a tile at the edge is cut off. One iteration of the innermost loop loads A[i, k],
    B[k, j] and C[i, j], in this order, and stores C[i, j], except that an element which does not
    depend on the innermost loop is loaded before that loop and, if it is C's, stored after it: it
    stays in a register, as compilers keep it. So "ijk" has 2 n^3 + 2 n^2 accesses, the other order
    of the same row "ikj" 3 n^3 + n^2. The memory needed does not grow with n^3.
    """
    arrays = matmul_arrays(n, dtype_bytes, padding)
    sizes = _tile_sizes(n, order, tiles)
    pitch = (n + padding) * dtype_bytes
    starts = {name: np.int64(addresses.start) for name, addresses in arrays.items()}
    return _gathered(_pieces(n, order, sizes, starts, pitch, dtype_bytes))


def _tile_sizes(n: int, order: str, tiles: int | Sequence[int] | None) -> dict[str, int]:
    """The tile size of each letter, at most n."""
    if sorted(order) != ["i", "j", "k"]:
        raise ValueError(f'an order has the letters i, j and k, such as "ikj", not {order!r}')
    if tiles is None:
        tiles = n
    sizes = (tiles,) * 3 if isinstance(tiles, int) else tuple(tiles)
    if len(sizes) != 3 or min(sizes) < 1:
        raise ValueError(f"tile sizes are three positive numbers, for i, j and k, not {tiles!r}")
    return {letter: min(size, n) for letter, size in zip("ijk", sizes, strict=True)}


def _gathered(pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The same accesses in pieces of about CHUNK."""
    waiting: list[np.ndarray] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= CHUNK:
            yield np.concatenate(waiting)
            waiting, length = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _pieces(
    n: int, order: str, sizes: dict[str, int], starts: dict, pitch: int, dtype_bytes: int
) -> Iterator[np.ndarray]:
    patterns: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
    for first in itertools.product(*(range(0, n, sizes[letter]) for letter in order)):
        extents = [min(sizes[x], n - at) for x, at in zip(order, first, strict=True)]
        # A tile with too many accesses is cut along its outermost loop, which keeps their order.
        max_extent = max(1, CHUNK // (4 * extents[1] * extents[2]))
        for at in range(0, extents[0], max_extent):
            shape = (min(max_extent, extents[0] - at), extents[1], extents[2])
            if shape not in patterns:
                patterns[shape] = _pattern(order, shape, pitch, dtype_bytes)
            pattern, matrix = patterns[shape]
            corner = dict(zip(order, (first[0] + at, *first[1:]), strict=True))
            offsets = [
                starts[name] + corner[row] * pitch + corner[column] * dtype_bytes
                for name, (row, column) in ROWS_AND_COLUMNS.items()
            ]
            yield pattern + np.array(offsets)[matrix]


def _pattern(
    order: str, shape: tuple[int, ...], pitch: int, dtype_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The accesses of a tile of this shape: offsets from their matrix's tile, and which matrix."""
    outer, middle, inner = shape
    position = dict(zip(order, np.ogrid[:outer, :middle, :inner], strict=True))
    offset = {
        name: position[row] * pitch + position[column] * dtype_bytes
        for name, (row, column) in ROWS_AND_COLUMNS.items()
    }
    kept = next(name for name, letters in ROWS_AND_COLUMNS.items() if order[2] not in letters)
    moving = [name for name in "ABC" if name != kept] + ["C"] * (kept != "C")
    after = [kept] * (kept == "C")
    length = 1 + len(moving) * inner + len(after)
    pattern = np.empty((outer, middle, length), np.int64)
    matrix = np.empty(length, np.int8)
    pattern[:, :, 0] = offset[kept][:, :, 0]
    matrix[0] = "ABC".index(kept)
    for at, name in enumerate(moving):
        columns = slice(1 + at, 1 + len(moving) * inner, len(moving))
        pattern[:, :, columns] = offset[name]
        matrix[columns] = "ABC".index(name)
    if after:
        pattern[:, :, -1], matrix[-1] = pattern[:, :, 0], matrix[0]
    return pattern.reshape(-1), np.tile(matrix, outer * middle)


def best_tile(
    n: int,
    cache: Cache,
    candidates: Iterable[int] = (4, 8, 16, 32, 64, 128),
    order: str = "ikj",
    dtype_bytes: int = 4,
    padding: int = 0,
    simulate: bool = True,
) -> TileChoice:
    """The size of cubic tiles with which a product of n-row matrices misses least.

    The misses are simulated, in time proportional to n^3 for each candidate, or else estimated.
    ValueError without candidates.
    """
    misses = {}
    for size in candidates:
        details = (order, size, dtype_bytes, padding)
        if simulate:
            misses[size] = cache.misses(matmul_trace(n, *details))
        else:
            misses[size] = round(estimate_misses(n, cache, *details))
    if not misses:
        raise ValueError("there is no tile size to choose from")
    return TileChoice(max(misses, key=lambda size: (-misses[size], size)), misses)


# ---- without simulation -------------------------------------------------------------------------


def estimate_misses(
    n: int,
    cache: Cache,
    order: str = "ijk",
    tiles: int | Sequence[int] | None = None,
    dtype_bytes: int = 4,
    padding: int = 0,
) -> float:
    """About how many accesses of `matmul_trace` with the same arguments miss, in closed form.

    From the innermost loop outwards: the lines that a loop's body touches are its *footprint*. As
    long as one iteration's footprint stays in the cache, a loop misses each line of its own
    footprint once; lines that do not stay are missed again in every iteration (Ferrante, Sarkar &
    Thrash, "On estimating and enhancing cache effectiveness", LCPC 1991). A line stays if no more
    lines of the footprint fall into its set than the set has ways, which counts interference
    within a tile and between the matrices (Lam, Rothberg & Wolf, "The cache performance and
    optimizations of blocked algorithms", ASPLOS 1991). Tiles at the edge count by their share.
    Half of all estimates are within 10 % of the simulation; where lines just fail to stay, some
    are several times too high. Time: proportional to the lines of the matrices.
    """
    arrays = matmul_arrays(n, dtype_bytes, padding)
    sizes = _tile_sizes(n, order, tiles)
    pitch = (n + padding) * dtype_bytes
    loops = [(x, 1, sizes[x]) for x in reversed(order)]  # letter, step, end, from the innermost
    loops += [(x, sizes[x], n) for x in reversed(order)]
    extent = dict.fromkeys("ijk", 1)
    footprint = _footprints(arrays, extent, pitch, dtype_bytes, cache)
    misses = dict.fromkeys(arrays, 1.0)
    for letter, step, end in loops:
        if step >= end:
            continue
        kept = _kept(footprint, cache)
        extent[letter] = end
        wider = _footprints(arrays, extent, pitch, dtype_bytes, cache)
        for name in arrays:
            again = misses[name] * end / step
            once = misses[name] * len(wider[name]) / len(footprint[name])
            misses[name] = kept[name] * once + (1 - kept[name]) * again
        footprint = wider
    return sum(misses.values())


def _footprints(
    arrays: dict[str, range], extent: dict[str, int], pitch: int, dtype_bytes: int, cache: Cache
) -> dict[str, np.ndarray]:
    """The line numbers that a tile of these extents touches in the first corner of each matrix."""
    found = {}
    for name, (row, column) in ROWS_AND_COLUMNS.items():
        start = arrays[name].start + np.arange(extent[row]) * pitch
        first, last = start // cache.line, (start + extent[column] * dtype_bytes - 1) // cache.line
        spread = first[:, None] + np.arange(int((last - first).max()) + 1)
        found[name] = np.unique(spread[spread <= last[:, None]])
    return found


def _kept(footprint: dict[str, np.ndarray], cache: Cache) -> dict[str, float]:
    """Of each matrix's lines in the footprint, the share in sets that hold all that they get."""
    sets = {name: lines % cache.sets for name, lines in footprint.items()}
    load = np.bincount(np.concatenate(list(sets.values())), minlength=cache.sets)
    return {name: float(np.mean(load[each] <= cache.ways)) for name, each in sets.items()}
