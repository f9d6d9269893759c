"""Loops as machine code where there is Numba, and as they are where there is none."""

from __future__ import annotations

import functools
from collections.abc import Callable


@functools.cache
def compiled(loop: Callable) -> Callable:
    """`loop` as machine code; `loop` itself where there is no Numba.

    It compiles when it is first called, which takes about a second. Nothing is imported before.
    """
    try:
        import numba
    except ImportError:
        return loop
    return numba.njit(loop)
