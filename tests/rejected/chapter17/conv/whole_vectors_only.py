# fails: tests
# says: sch\.\w+: [\s\S]*(co = 1|co = 3|co = 5)
def schedule_conv(sch: Schedule) -> None:
    block = sch.get_sblock("Y")
    sums = sch.cache_write(block, 0, "global")
    o, i, j, c, d, e = sch.get_loops(block)
    o, channels = sch.split(o, [int(sch.get(o).extent) // 4, 4])
    j, vectors, lanes = sch.split(j, [int(sch.get(j).extent) // 32, 2, 16])
    sch.reorder(i, j, o, c, d, e, channels, vectors, lanes)
    sch.reverse_compute_at(sums, o)
    sch.vectorize(lanes)
    sch.decompose_reduction(block, c)
