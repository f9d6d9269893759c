"""The programs that chapter 17 schedules: small functions in TensorIR, and in NumPy.

    from tern.workshop.schedules import MATMUL
    module = MATMUL.module(512, 512, 512)      # an IRModule: C [n, m] = A [n, k] @ B [k, m]

All arrays are float32 and C-contiguous. Making a module imports TVM.
"""

# In TVMScript an annotation is a call.
# pyright: reportInvalidTypeForm=false

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A family of TensorIR functions, one for each tuple of sizes; the result comes last."""

    name: str
    sizes: tuple[str, ...]  # what the sizes are called
    module: Callable[..., Any]  # (*sizes) → a tvm.IRModule with the one function "main"
    shapes: Callable[..., tuple[Sizes, ...]]  # (*sizes) → of the arguments, the result last
    numpy: Callable[..., None]  # (*inputs, out): the same with NumPy, written into `out`
    flops: Callable[..., int]  # (*sizes) → floating-point operations of a call

    def arguments(self, rng: random.Random, *sizes: int) -> tuple[np.ndarray, ...]:
        """Normally distributed inputs; the result is not among them."""
        numbers = np.random.default_rng(rng.getrandbits(32))
        return tuple(
            numbers.standard_normal(shape, np.float32) for shape in self.shapes(*sizes)[:-1]
        )

    def say(self, sizes: Sizes) -> str:
        """The sizes in words: "n = 512, m = 512, k = 64"."""
        return ", ".join(f"{name} = {size}" for name, size in zip(self.sizes, sizes, strict=True))


def matmul(n: int, m: int, k: int) -> Any:
    """C [n, m] = A [n, k] @ B [k, m], in one block "C"."""
    import tvm
    from tvm.script import tirx as T

    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((n, k), "float32"),
        B: T.Buffer((k, m), "float32"),
        C: T.Buffer((n, m), "float32"),
    ) -> None:
        T.func_attr({"tirx.noalias": True})  # no two buffers overlap
        for i, j, p in T.grid(n, m, k):
            with T.sblock("C"):
                vi, vj, vp = T.axis.remap("SSR", [i, j, p])
                with T.init():
                    C[vi, vj] = T.float32(0)
                C[vi, vj] = C[vi, vj] + A[vi, vp] * B[vp, vj]

    return tvm.IRModule({"main": main})


def conv(co: int, ci: int, h: int, w: int) -> Any:
    """Y [co, h, w], the 3×3 filters W [co, ci, 3, 3] on X [ci, h + 2, w + 2], in one block "Y"."""
    import tvm
    from tvm.script import tirx as T

    @T.prim_func(s_tir=True)
    def main(
        X: T.Buffer((ci, h + 2, w + 2), "float32"),
        W: T.Buffer((co, ci, 3, 3), "float32"),
        Y: T.Buffer((co, h, w), "float32"),
    ) -> None:
        T.func_attr({"tirx.noalias": True})  # no two buffers overlap
        for o, i, j, c, d, e in T.grid(co, h, w, ci, 3, 3):
            with T.sblock("Y"):
                vo, vi, vj, vc, vd, ve = T.axis.remap("SSSRRR", [o, i, j, c, d, e])
                with T.init():
                    Y[vo, vi, vj] = T.float32(0)
                Y[vo, vi, vj] = Y[vo, vi, vj] + X[vc, vi + vd, vj + ve] * W[vo, vc, vd, ve]

    return tvm.IRModule({"main": main})


def dense(n: int, m: int, k: int) -> Any:
    """E [n, m] = relu(A [n, k] @ B [k, m] + bias [m]), in blocks "C", "D" (the bias), and "E"."""
    import tvm
    from tvm.script import tirx as T

    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((n, k), "float32"),
        B: T.Buffer((k, m), "float32"),
        bias: T.Buffer((m,), "float32"),
        E: T.Buffer((n, m), "float32"),
    ) -> None:
        T.func_attr({"tirx.noalias": True})  # no two buffers overlap
        C = T.sblock_alloc_buffer((n, m), "float32")
        D = T.sblock_alloc_buffer((n, m), "float32")
        for i, j, p in T.grid(n, m, k):
            with T.sblock("C"):
                vi, vj, vp = T.axis.remap("SSR", [i, j, p])
                with T.init():
                    C[vi, vj] = T.float32(0)
                C[vi, vj] = C[vi, vj] + A[vi, vp] * B[vp, vj]
        for i, j in T.grid(n, m):
            with T.sblock("D"):
                vi, vj = T.axis.remap("SS", [i, j])
                D[vi, vj] = C[vi, vj] + bias[vj]
        for i, j in T.grid(n, m):
            with T.sblock("E"):
                vi, vj = T.axis.remap("SS", [i, j])
                E[vi, vj] = T.max(D[vi, vj], T.float32(0))

    return tvm.IRModule({"main": main})


def numpy_matmul(A: np.ndarray, B: np.ndarray, out: np.ndarray) -> None:
    np.matmul(A, B, out=out)


def numpy_conv(X: np.ndarray, W: np.ndarray, out: np.ndarray) -> None:
    """Nine products of matrices: one for each element of the filter."""
    _, h, w = out.shape
    out[...] = 0
    for d in range(3):
        for e in range(3):
            out += np.tensordot(W[:, :, d, e], X[:, d : d + h, e : e + w], axes=1)


def numpy_dense(A: np.ndarray, B: np.ndarray, bias: np.ndarray, out: np.ndarray) -> None:
    np.matmul(A, B, out=out)
    np.add(out, bias, out=out)
    np.maximum(out, 0, out=out)


MATMUL = Program(
    "MATMUL", ("n", "m", "k"), matmul, lambda n, m, k: ((n, k), (k, m), (n, m)),
    numpy_matmul, lambda n, m, k: 2 * n * m * k,
)  # fmt: skip
CONV = Program(
    "CONV", ("co", "ci", "h", "w"), conv,
    lambda co, ci, h, w: ((ci, h + 2, w + 2), (co, ci, 3, 3), (co, h, w)),
    numpy_conv, lambda co, ci, h, w: 18 * co * ci * h * w,
)  # fmt: skip
DENSE = Program(
    "DENSE", ("n", "m", "k"), dense, lambda n, m, k: ((n, k), (k, m), (m,), (n, m)),
    numpy_dense, lambda n, m, k: 2 * n * m * (k + 1),
)  # fmt: skip
PROGRAMS = {program.name: program for program in (MATMUL, CONV, DENSE)}
