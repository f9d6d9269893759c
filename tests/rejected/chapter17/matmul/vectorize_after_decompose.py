# fails: tests
# says: TVM refuses a step of the schedule: sch.vectorize: 
def schedule_matmul(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, 16)
    sch.reorder(i, j, p, lanes)
    sch.decompose_reduction(block, p)
    sch.vectorize(lanes)
