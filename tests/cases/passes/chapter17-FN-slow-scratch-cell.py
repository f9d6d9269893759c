# ---- ch17-matmul ----
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
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# ---- a cell of the reader ----
import time

end = time.time() + 11
while time.time() < end:
    pass
print("benchmarked")
