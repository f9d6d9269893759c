# fails: tests
# says: the factor at position 0 is 0[\s\S]*at the sizes: n = 1, m = 1
def schedule_matmul(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    n, m = int(sch.get(i).extent), int(sch.get(j).extent)
    i, rows = sch.split(i, [n // 2, 2])
    j, lanes = sch.split(j, [m // 16, 16])
    sch.reorder(i, j, p, rows, lanes)
    sch.reverse_compute_at(sums, j)
    sch.vectorize(lanes)
    sch.unroll(rows)
    sch.decompose_reduction(block, p)
