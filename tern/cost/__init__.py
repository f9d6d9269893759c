"""What a program costs before it is run: a roofline, a model of caches, traces of memory accesses.

>>> from tern.cost import Cache, matmul_trace
>>> Cache(size=32768, ways=8, line=64).misses(matmul_trace(64, order="ikj"))
768
"""

from tern.cost.cache import Cache, Misses, live_lines
from tern.cost.choose import choose_tile
from tern.cost.matmul import TileChoice, best_tile, estimate_misses, matmul_arrays, matmul_trace
from tern.cost.roofline import Roofline, arithmetic_intensity

__all__ = [
    "Cache",
    "Misses",
    "Roofline",
    "TileChoice",
    "arithmetic_intensity",
    "best_tile",
    "choose_tile",
    "estimate_misses",
    "live_lines",
    "matmul_arrays",
    "matmul_trace",
]
