# fails: speed
# says: needs 1×
def fuse_epilogue(sch: Schedule) -> None:
    sch.compute_inline(sch.get_sblock("D"))
    block, epilogue = sch.get_sblock("C"), sch.get_sblock("E")
    i, j, p = sch.get_loops(block)
    sch.reverse_compute_at(epilogue, j)
    sch.decompose_reduction(block, p)
