"""The search space of chapter 17: schedules of a matrix product, one for each seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tern.parts import part
from tern.workshop.schedules.tools import cut, vector_shape

if TYPE_CHECKING:
    from tvm.s_tir import Schedule


@part("workshop.schedules.search_space")
def search_space(sch: Schedule) -> None:
    """Schedule a matrix product for a CPU, with sizes that are sampled.

    `sch` holds MATMUL, C [n, m] = A [n, k] @ B [k, m] in float32, for any sizes from 1 up: one
    block "C" in the loops i, j, and p. Changes `sch`, and returns nothing. How many rows, vectors,
    and steps of p a tile has is sampled by `sch.sample_categorical`: the seed of the schedule
    decides, and the trace keeps the decisions.

        >>> sch = tvm.s_tir.Schedule(MATMUL.module(512, 512, 512), seed=1)
        >>> search_space(sch)
        >>> len(sch.trace.decisions)
        3
    """
    width, _ = vector_shape()
    rows = sch.sample_categorical([2, 4, 6, 7], [0.25] * 4)
    vectors = sch.sample_categorical([1, 2, 3], [0.3, 0.4, 0.3])
    steps = sch.sample_categorical([1, 2, 4, 8], [0.25] * 4)

    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, width)
    i, rows = sch.split(i, [None, rows])
    j, vectors = sch.split(j, [None, vectors])
    p, steps = sch.split(p, [None, steps])
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
