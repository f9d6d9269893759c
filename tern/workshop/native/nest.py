"""A matrix product as a loop nest, and compiled by Numba: what native code is measured against."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tern.ir import Operation, functions
from tern.lower import lower_source
from tern.parts import originals

MATMUL = "fn matmul(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"


def matmul_module() -> Operation:
    """A module of one function of loops: the product, in the order ijk."""
    return lower_source(MATMUL)


@cache
def _compiled() -> Callable[..., Any]:
    from tern.targets.numba import compile_numba

    with originals():  # what is measured against does not change with what is in force
        return compile_numba(functions(matmul_module())[0]).entry


def numba_matmul(a: Any, b: Any, out: Any) -> None:
    """out = a @ b for contiguous float32 arrays: the nest as it is, compiled by Numba."""
    _compiled()(a, b, out)
