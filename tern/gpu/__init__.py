"""What a Triton kernel costs, and what is wrong with it, on a machine without a GPU.

    from tern.gpu import compile_for, measure
    traffic = measure(softmax, x)              # in Triton's interpreter: bytes, sectors, faults
    traffic.loaded, traffic.stored, traffic.sector_bytes, traffic.faults
    build, = compile_for("sm_80", softmax, x)  # the same kernels, through Triton's compiler
    build.registers, build.spills, build.matrix_instructions

`softmax` is a launcher: a Python function that is given tensors and launches `@triton.jit` kernels.
TRITON_INTERPRET must not be set. Triton and torch are imported when they are first needed.
"""

from __future__ import annotations

import importlib
from typing import Any

_WHERE = {
    "measure": "meter",
    "compile_for": "offline",
    "dram_bytes": "l2",
    "Traffic": "traffic",
    "Launch": "traffic",
    "Access": "traffic",
    "Fault": "traffic",
    "Build": "build",
    "BuildError": "build",
    "DEVICES": "devices",
    "occupancy": "multiprocessor",
    "occupancy_of": "multiprocessor",
    "warp_costs": "coalescing",
    "DATASHEETS": "datasheets",
    "Configuration": "configurations",
    "choose": "matmul_space",
    "candidates": "matmul_space",
    "estimate": "matmul_model",
    "Estimate": "matmul_model",
    "rung": "ladder",
    "Rung": "ladder",
    "tile_bound": "tile_bound",
    "dram_bytes_of_order": "tile_order",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
