"""What a matrix product is measured against: the library that NumPy calls, in one thread."""

from __future__ import annotations

import contextlib
import platform

import numpy as np

from tern.workshop.vectors.packed import packed_matmul

try:
    from threadpoolctl import ThreadpoolController

    POOLS = ThreadpoolController()  # it looks for the library in this process: later it may not
except ImportError:
    POOLS = None


def library_matmul(A: np.ndarray, B: np.ndarray, C: np.ndarray) -> None:
    """C += A @ B by NumPy, in one thread (where the package threadpoolctl is missing, in all).

    On a Mac, NumPy's library computes on the processor's matrix unit, for which Numba has no
    instructions. There it is the book's own `packed_matmul`.
    """
    if platform.system() == "Darwin":
        packed_matmul(A, B, C)
        return
    with POOLS.limit(limits=1, user_api="blas") if POOLS else contextlib.nullcontext():
        C += A @ B
