"""The size of tiles for a matrix product, by the model of the cache."""

from __future__ import annotations

from collections.abc import Sequence

from tern.cost.cache import Cache
from tern.cost.matmul import matmul_trace
from tern.parts import part


@part("cost.choose_tile")
def choose_tile(n: int, cache: Cache, candidates: Sequence[int]) -> int:
    """The size of cubic tiles with which a product of n-row float32 matrices misses least.

    The product runs in the order ikj; its accesses are `matmul_trace(n, "ikj", tiles=size)`. Of
    sizes with equally many misses the largest is chosen. Sizes from n on are the same product,
    which is simulated once. O(n^3) for each other candidate.

    Raises:
        ValueError: there are no candidates, or one is not positive.
    """
    if not candidates:
        raise ValueError("there is no tile size to choose from")
    misses: dict[int, int] = {}
    for size in candidates:
        effective = min(size, n)
        if effective not in misses:
            misses[effective] = cache.misses(matmul_trace(n, "ikj", tiles=effective))
    return min(candidates, key=lambda size: (misses[min(size, n)], -size))
