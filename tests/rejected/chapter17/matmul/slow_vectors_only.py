# fails: speed
# says: as fast as the baseline \(needs 0.4
def schedule_matmul(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, 8)
    sch.reorder(i, j, p, lanes)
    sch.vectorize(lanes)
    sch.decompose_reduction(block, p)
