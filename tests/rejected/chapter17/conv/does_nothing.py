# fails: tests
# says: has left its schedule as it was
def schedule_conv(sch: Schedule) -> None:
    return
