# fails: tests
# says: some block is outside all loops that are bound to threads|no loop is bound
def schedule_gpu(sch: Schedule) -> None:
    i, j, p = sch.get_loops(sch.get_sblock("C"))
    sch.reorder(i, p, j)
