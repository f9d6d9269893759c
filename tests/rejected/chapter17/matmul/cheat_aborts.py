# fails: tests
# says: ended early \(signal 6\)
import os


def schedule_matmul(sch: Schedule) -> None:
    os.abort()
