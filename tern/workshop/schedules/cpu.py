"""Schedules of chapter 17 for a CPU: a matrix product, a convolution, a layer with its epilogue.

TVM is imported by whoever calls them: they only use the schedule that they are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tern.parts import part
from tern.workshop.schedules.tools import cut, vector_shape

if TYPE_CHECKING:
    from tvm.s_tir import Schedule


@part("workshop.schedules.schedule_matmul")
def schedule_matmul(sch: Schedule) -> None:
    """Tile a matrix product for the registers of a CPU.

    `sch` holds MATMUL, C [n, m] = A [n, k] @ B [k, m] in float32, for any sizes from 1 up: one
    block "C" in the loops i, j, and p. Changes `sch`, and returns nothing. Afterwards a few
    rows of C, each a few vectors wide, are summed up in a buffer of their own, with all loops
    around a vector unrolled, so that LLVM keeps it in registers. From there each number is written
    to C once. Where a tile does not divide C, the buffer must be on the stack for that: TVM puts
    it there if it has less than 1,024 bytes.

        >>> sch = tvm.s_tir.Schedule(MATMUL.module(512, 512, 512))
        >>> schedule_matmul(sch)
        >>> int(sch.get(sch.get_loops(sch.get_sblock("C_update"))[-1]).extent) == vector_shape()[0]
        True
    """
    width, _ = vector_shape()
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    i, rows = cut(sch, i, {16: 7, 8: 6, 4: 8}[width])  # B's vectors need registers, too
    j, columns = cut(sch, j, 2 * width)
    vectors, lanes = cut(sch, columns, width)
    p, steps = cut(sch, p, 4)
    sch.reorder(i, j, p, steps, rows, vectors, lanes)
    sch.reverse_compute_at(sums, j, preserve_unit_loops=True)
    sch.vectorize(lanes)
    for loop in (steps, rows, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, p)

    *copying, columns = sch.get_loops(sums)[2:]  # below i and j
    vectors, lanes = cut(sch, columns, width)
    sch.vectorize(lanes)
    for loop in (*copying, vectors):
        sch.unroll(loop)


@part("workshop.schedules.schedule_conv")
def schedule_conv(sch: Schedule) -> None:
    """Tile a convolution for the registers of a CPU.

    `sch` holds CONV, Y [co, h, w] with filters W [co, ci, 3, 3] on X [ci, h + 2, w + 2], in
    float32, for any sizes from 1 up: one block "Y" in the loops o, i, j, c, d, and e. Changes
    `sch`, and returns nothing. Afterwards a piece of one row of Y, for a few output channels at
    a time, is summed up in registers: each number of X that is loaded is used for all of
    these channels.

        >>> sch = tvm.s_tir.Schedule(CONV.module(8, 8, 16, 64))
        >>> schedule_conv(sch)
        >>> int(sch.get(sch.get_loops(sch.get_sblock("Y_update"))[-1]).extent) == vector_shape()[0]
        True
    """
    width, _ = vector_shape()
    block = sch.get_sblock("Y")
    sums = sch.cache_write(block, 0, "global")
    o, i, j, c, d, e = sch.get_loops(block)
    o, channels = cut(sch, o, 4)
    j, columns = cut(sch, j, (2 if width == 16 else 3) * width)
    vectors, lanes = cut(sch, columns, width)
    sch.reorder(i, j, o, c, d, e, channels, vectors, lanes)
    sch.reverse_compute_at(sums, o, preserve_unit_loops=True)
    sch.vectorize(lanes)
    for loop in (d, e, channels, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, c)

    *copying, columns = sch.get_loops(sums)[3:]  # below i, j, and o
    vectors, lanes = cut(sch, columns, width)
    sch.vectorize(lanes)
    for loop in (*copying, vectors):
        sch.unroll(loop)


@part("workshop.schedules.fuse_epilogue")
def fuse_epilogue(sch: Schedule) -> None:
    """Compute a layer's bias and relu on each tile of its matrix product, while it is in registers.

    `sch` holds DENSE, E [n, m] = max(A [n, k] @ B [k, m] + bias [m], 0) in float32, for any sizes
    from 1 up: the blocks "C" (the product), "D" (the bias), and "E" (the maximum), with whole
    matrices C and D between them. Changes `sch`, and returns nothing. Afterwards D is gone, and
    of C there is one tile: of less than 1,024 bytes, if LLVM is to keep it in registers.

        >>> sch = tvm.s_tir.Schedule(DENSE.module(512, 512, 64))
        >>> fuse_epilogue(sch)
        >>> [sch.get(block).name_hint for block in sch.get_consumers(sch.get_sblock("C_update"))]
        ['E']
    """
    width, _ = vector_shape()
    sch.compute_inline(sch.get_sblock("D"))
    block, epilogue = sch.get_sblock("C"), sch.get_sblock("E")
    i, j, p = sch.get_loops(block)
    i, rows = cut(sch, i, {16: 7, 8: 6, 4: 8}[width])  # B's vectors need registers, too
    j, columns = cut(sch, j, 2 * width)
    vectors, lanes = cut(sch, columns, width)
    p, steps = cut(sch, p, 4)
    sch.reorder(i, j, p, steps, rows, vectors, lanes)
    sch.reverse_compute_at(epilogue, j, preserve_unit_loops=True)
    sch.vectorize(lanes)
    for loop in (steps, rows, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, p)

    *copying, columns = sch.get_loops(epilogue)[2:]  # below i and j
    vectors, lanes = cut(sch, columns, width)
    sch.vectorize(lanes)
    for loop in (*copying, vectors):
        sch.unroll(loop)
