# fails: tests
# says: still running after 10 s
def schedule_matmul(sch: Schedule) -> None:
    while True:
        sch.get_sblock("C")
