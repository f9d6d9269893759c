"""A schedule of chapter 17 for a GPU: a matrix product whose threads load tiles together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tern.parts import part

if TYPE_CHECKING:
    from tvm.s_tir import Schedule


@part("workshop.schedules.schedule_gpu")
def schedule_gpu(sch: Schedule) -> None:
    """Give a matrix product to the blocks and threads of a GPU.

    `sch` holds MATMUL, C [n, m] = A [n, k] @ B [k, m] in float32, for any sizes from 2 up: one
    block "C" in the loops i, j, and p. Changes `sch`, and returns nothing. Afterwards a block of
    16 x 16 threads computes a tile of C of 64 x 64, each thread 4 x 4 of it in its registers (a
    larger tile loads less, if the registers allow it). For 16 steps of p at a time, the threads
    together load the pieces of A and B that the tile needs into shared memory, four numbers at
    once each.

        >>> sch = tvm.s_tir.Schedule(MATMUL.module(512, 512, 512))
        >>> schedule_gpu(sch)
        >>> loops = [sch.get(loop) for loop in sch.get_loops(sch.get_sblock("C_local"))]
        >>> [str(loop.thread_binding.thread_tag) for loop in loops[:4]]
        ['blockIdx.y', 'blockIdx.x', 'threadIdx.y', 'threadIdx.x']
    """
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, rows = sch.split(i, [None, 16, 4])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, thread_y, thread_x, p, steps, rows, columns)
    sch.bind(block_y, "blockIdx.y")
    sch.bind(block_x, "blockIdx.x")
    sch.bind(thread_y, "threadIdx.y")
    sch.bind(thread_x, "threadIdx.x")
    sch.reverse_compute_at(sums, thread_x)
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[5:])  # below blocks, threads, and p
        _, y, x, four = sch.split(number, [None, 16, 16, 4])
        sch.bind(y, "threadIdx.y")
        sch.bind(x, "threadIdx.x")
        sch.vectorize(four)
    sch.unroll(rows)
    sch.unroll(columns)
    sch.decompose_reduction(block, p)
