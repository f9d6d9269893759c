# fails: speed
# says: as fast as the baseline \(needs 0.2
def schedule_matmul(sch: Schedule) -> None:
    return
