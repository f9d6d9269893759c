# fails: tests
# says: do not lead to the program|has left its schedule as it was
def schedule_matmul(sch: Schedule) -> None:
    root = sch.get_sref(sch.get_sblock("root"))
    other = Schedule(sch.mod)
    other.split(other.get_loops(other.get_sblock("C"))[0], [None, 2])
    sch.state.replace(root, other.get(other.get_sblock("root")))
