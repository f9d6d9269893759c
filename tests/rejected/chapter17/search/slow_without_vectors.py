# fails: speed
# says: as fast as the baseline \(needs 0.5×
def search_space(sch: Schedule) -> None:
    rows = sch.sample_categorical([2, 4, 6, 7], [0.25] * 4)
    vectors = sch.sample_categorical([1, 2, 3], [0.3, 0.4, 0.3])
    steps = sch.sample_categorical([1, 2, 4, 8], [0.25] * 4)
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, 1)
    i, rows = sch.split(i, [None, rows])
    j, vectors = sch.split(j, [None, vectors])
    p, steps = sch.split(p, [None, steps])
    sch.reorder(i, j, p, steps, rows, vectors, lanes)
    sch.reverse_compute_at(sums, j)
    for loop in (steps, rows, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, p)
    copying = sch.get_loops(sums)[2:]
    if copying:
        vectors, lanes = cut(sch, copying.pop(), 16)
        sch.vectorize(lanes)
        for loop in (*copying, vectors):
            sch.unroll(loop)
