# fails: tests
# says: take 1,0\d\d,\d\d\d bytes, 4,096 are allowed[\s\S]*moved into the loops of the tile
def fuse_epilogue(sch: Schedule) -> None:
    sch.compute_inline(sch.get_sblock("D"))
    block, epilogue = sch.get_sblock("C"), sch.get_sblock("E")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    i, rows = cut(sch, i, 7)
    j, lanes = cut(sch, j, 16)
    sch.reorder(i, j, p, rows, lanes)
    sch.reverse_compute_at(sums, j)
    sch.vectorize(lanes)
    sch.unroll(rows)
    sch.decompose_reduction(block, p)
    sch.vectorize(cut(sch, sch.get_loops(epilogue)[-1], 16)[1])
