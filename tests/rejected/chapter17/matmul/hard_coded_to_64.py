# fails: tests
# says: sch.split[\s\S]*at the sizes: n = 14, m = 96
def schedule_matmul(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    i, rows = sch.split(i, [8, 8])
    j, lanes = sch.split(j, [4, 16])
    sch.reorder(i, j, p, rows, lanes)
    sch.vectorize(lanes)
