# fails: tests
# says: switched off
def schedule_gpu(sch: Schedule) -> None:
    schedules.schedule_gpu(sch)
