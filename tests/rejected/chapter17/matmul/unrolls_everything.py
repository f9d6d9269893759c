# fails: tests
# says: copies of a statement, too many for a compiler
def schedule_matmul(sch: Schedule) -> None:
    for loop in sch.get_loops(sch.get_sblock("C")):
        sch.unroll(loop)
