# fails: speed
# says: as fast as the baseline \(needs 0.5×
def search_space(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    i, rows = sch.split(i, sch.sample_perfect_tile(i, 2, 512))
    j, columns = sch.split(j, sch.sample_perfect_tile(j, 2, 512))
    p, steps = sch.split(p, sch.sample_perfect_tile(p, 2, 512))
    sch.reorder(p, steps, i, j, columns, rows)
