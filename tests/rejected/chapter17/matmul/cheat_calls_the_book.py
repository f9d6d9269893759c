# fails: tests
# says: switched off
def schedule_matmul(sch: Schedule) -> None:
    schedules.schedule_matmul(sch)
