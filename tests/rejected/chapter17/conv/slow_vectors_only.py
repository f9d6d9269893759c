# fails: speed
# says: needs 20×
def schedule_conv(sch: Schedule) -> None:
    block = sch.get_sblock("Y")
    o, i, j, c, d, e = sch.get_loops(block)
    j, lanes = cut(sch, j, 16)
    sch.reorder(o, i, j, c, d, e, lanes)
    sch.vectorize(lanes)
    sch.decompose_reduction(block, c)
