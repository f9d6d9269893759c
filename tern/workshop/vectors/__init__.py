"""Kernels in Numba with vectors and threads: slow ones to measure against, and the book's own.

Importing this package imports Numba. A kernel compiles when it is first called.
"""

from tern.workshop.vectors.exponential import exp_of, scalar_exp, vector_exp
from tern.workshop.vectors.lanes import LANES, broadcast, fma, load, store
from tern.workshop.vectors.library import library_matmul
from tern.workshop.vectors.packed import packed_matmul
from tern.workshop.vectors.panels import (
    COLUMNS,
    ROWS,
    add_block,
    multiply_panels,
    plain_panels,
)
from tern.workshop.vectors.parallel import BLOCK, parallel_sum, serial_sum
from tern.workshop.vectors.softmax import passes_softmax, softmax

__all__ = [
    "BLOCK",
    "COLUMNS",
    "LANES",
    "ROWS",
    "add_block",
    "broadcast",
    "exp_of",
    "fma",
    "library_matmul",
    "load",
    "multiply_panels",
    "packed_matmul",
    "parallel_sum",
    "passes_softmax",
    "plain_panels",
    "scalar_exp",
    "serial_sum",
    "softmax",
    "store",
    "vector_exp",
]
