# fails: tests
# says: compiling and running what was scheduled: .*(unrolls too much|CPU time)
def schedule_matmul(sch: Schedule) -> None:
    for loop in sch.get_loops(sch.get_sblock("C")):
        sch.unroll(loop)
