# fails: tests
# says: some block is outside all loops that are bound to threads|no loop is bound
def schedule_gpu(sch: Schedule) -> None:
    return
