# fails: tests
# says: TVM refuses a step of the schedule: sch.vectorize: 
def schedule_conv(sch: Schedule) -> None:
    block = sch.get_sblock("Y")
    sch.vectorize(sch.get_loops(block)[5])
