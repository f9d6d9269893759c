# fails: tests
# says: has left its schedule as it was
def schedule_gpu(sch: Schedule) -> None:
    return
