# fails: tests
# says: (ValueError|IndexError|sch\.)[\s\S]*n = 1, m = 1, k = 1
def schedule_matmul(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    i, rows = cut(sch, i, 7)
    j, columns = cut(sch, j, 32)
    vectors, lanes = cut(sch, columns, 16)
    p, steps = cut(sch, p, 4)
    sch.reorder(i, j, p, steps, rows, vectors, lanes)
    sch.reverse_compute_at(sums, j)
    sch.vectorize(lanes)
    for loop in (steps, rows, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, p)
    _, _, rows, columns = sch.get_loops(sums)
    vectors, lanes = cut(sch, columns, 16)
    sch.vectorize(lanes)
    sch.unroll(rows)
    sch.unroll(vectors)
