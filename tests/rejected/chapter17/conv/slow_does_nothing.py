# fails: speed
# says: needs 20×|still running
def schedule_conv(sch: Schedule) -> None:
    return
