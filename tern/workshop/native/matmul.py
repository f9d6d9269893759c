"""A matrix product as machine code, called on NumPy arrays as they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tern.ir import functions
from tern.parts import cached_with_parts, part
from tern.passes.schedule import schedule
from tern.targets.llvm import address, complete, emit_loops, machine_code
from tern.workshop.native.nest import matmul_module


@cached_with_parts
def compiled_matmul() -> Callable[..., None]:
    """The nest as machine code, compiled at the first call.

    In the order ikj the innermost loop goes along rows of b and out, and its iterations don't wait
    for each other. Four rows and four k of it run side by side, so that what is loaded into a
    register is used more than once. Each element still adds its products in the order of k.
    """
    module = matmul_module()
    schedule(module, ("i", "k", "j"), unroll=(4, 4, 1))
    return machine_code(complete(emit_loops(functions(module)[0])), "matmul")


@part("workshop.native.native_matmul", helpers=(compiled_matmul,))
def native_matmul(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out = a @ b in machine code of tern's and LLVM's making. Writes `out`, and copies nothing.

    a is float32[n, k], b float32[k, m], and out float32[n, m], all C-contiguous, of any sizes, 0
    included. Each element is 0 plus its products in the order of k, rounded each time, as the
    nest has it: equal to the bit. Compiles at the first call.

    Raises:
        TypeError: an array is not of float32.
        ValueError: the shapes do not fit together, an array is not C-contiguous, or `out` shares
            memory with `a` or `b`. Nothing is written then.
    """
    for array in (a, b, out):
        if array.dtype != np.float32:
            raise TypeError(f"an array of {array.dtype} is not one of float32")
        if array.ndim != 2 or not array.flags.c_contiguous:
            raise ValueError("the arrays must be matrices, and contiguous")
    (n, k), (rows, m) = a.shape, b.shape
    if rows != k or out.shape != (n, m):
        raise ValueError(f"{a.shape} @ {b.shape} does not give {out.shape}")
    if np.may_share_memory(a, out) or np.may_share_memory(b, out):
        raise ValueError("out shares memory with an argument")
    compiled_matmul()(address(a), address(b), address(out), n, k, m)
