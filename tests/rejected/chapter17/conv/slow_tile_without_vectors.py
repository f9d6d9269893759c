# fails: speed
# says: needs 20×
def schedule_conv(sch: Schedule) -> None:
    block = sch.get_sblock("Y")
    sums = sch.cache_write(block, 0, "global")
    o, i, j, c, d, e = sch.get_loops(block)
    o, channels = cut(sch, o, 4)
    sch.reorder(i, j, o, c, d, e, channels)
    sch.reverse_compute_at(sums, o)
    sch.decompose_reduction(block, c)
