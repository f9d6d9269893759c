# fails: tests
# says: blockIdx\.x is bound, as for a GPU: this program runs on the CPU
def schedule_matmul(sch: Schedule) -> None:
    i, j, p = sch.get_loops(sch.get_sblock("C"))
    sch.reorder(i, p, j)
    sch.bind(i, "blockIdx.x")
