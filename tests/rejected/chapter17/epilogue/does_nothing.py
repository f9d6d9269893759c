# fails: tests
# says: has left its schedule as it was
def fuse_epilogue(sch: Schedule) -> None:
    return
