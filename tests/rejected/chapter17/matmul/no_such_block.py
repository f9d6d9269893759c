# fails: tests
# says: Cannot find a block with the name: matmul
def schedule_matmul(sch: Schedule) -> None:
    sch.decompose_reduction(sch.get_sblock("matmul"), sch.get_loops(sch.get_sblock("matmul"))[2])
