"""Loops over arrays in Numba: slow ones to measure speed against, and the book's fast ones.

Importing this package imports Numba. A kernel compiles when it is first called, and writes its
result into its last argument.
"""

from tern.workshop.loops.convolution import naive_conv, planes_conv, tiled_conv
from tern.workshop.loops.matmul import ikj_matmul, naive_matmul, tiled_matmul

__all__ = [
    "ikj_matmul",
    "naive_conv",
    "naive_matmul",
    "planes_conv",
    "tiled_conv",
    "tiled_matmul",
]
