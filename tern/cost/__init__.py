"""What a program costs before it is run: a roofline, a model of caches, traces of memory accesses.

>>> from tern.cost import Cache, matmul_trace
>>> Cache(size=32768, ways=8, line=64).misses(matmul_trace(64, order="ikj"))
768
"""

from tern.cost.branch_traces import branch_trace, made_trace
from tern.cost.branches import gselect, gshare, mispredictions, predict_branches, two_bit
from tern.cost.cache import Cache, Misses, live_lines
from tern.cost.choose import choose_tile
from tern.cost.compiled import compiled
from tern.cost.count import Estimate, estimate, place
from tern.cost.energy import PICOJOULES
from tern.cost.machine import (
    AVX2,
    AVX512,
    NEON,
    SSE2,
    Machine,
    cache_block,
    register_block,
    this_machine,
)
from tern.cost.matmul import TileChoice, best_tile, estimate_misses, matmul_arrays, matmul_trace
from tern.cost.replacement import access_lines
from tern.cost.roofline import Roofline, arithmetic_intensity
from tern.cost.systolic import (
    output_stationary_frames,
    systolic_cycles,
    systolic_frames,
    systolic_matmul,
    utilization,
)

__all__ = [
    "AVX2",
    "AVX512",
    "NEON",
    "PICOJOULES",
    "SSE2",
    "Cache",
    "Estimate",
    "Machine",
    "Misses",
    "Roofline",
    "TileChoice",
    "access_lines",
    "arithmetic_intensity",
    "best_tile",
    "cache_block",
    "branch_trace",
    "choose_tile",
    "compiled",
    "estimate",
    "estimate_misses",
    "gselect",
    "gshare",
    "live_lines",
    "made_trace",
    "matmul_arrays",
    "matmul_trace",
    "mispredictions",
    "output_stationary_frames",
    "place",
    "predict_branches",
    "register_block",
    "systolic_cycles",
    "systolic_frames",
    "systolic_matmul",
    "this_machine",
    "two_bit",
    "utilization",
]
