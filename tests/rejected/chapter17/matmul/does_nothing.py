# fails: tests
# says: has left its schedule as it was
def schedule_matmul(sch: Schedule) -> None:
    return
