# fails: tests
# says: switched off
def search_space(sch: Schedule) -> None:
    schedules.search_space(sch)
