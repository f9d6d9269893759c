# fails: tests
# says: TVM refuses a step of the schedule: sch.vectorize: [\s\S]*that comes last
def fuse_epilogue(sch: Schedule) -> None:
    sch.compute_inline(sch.get_sblock("D"))
    block, epilogue = sch.get_sblock("C"), sch.get_sblock("E")
    i, j, p = sch.get_loops(block)
    i, rows = cut(sch, i, 7)
    j, lanes = cut(sch, j, 16)
    sch.reorder(i, j, p, rows, lanes)
    sch.decompose_reduction(block, p)
    sch.reverse_compute_at(epilogue, j)
    sch.vectorize(lanes)
