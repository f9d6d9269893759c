# fails: tests
# says: calling|TypeError|ValueError|sch\.split|TVM refuses
def search_space(sch: Schedule) -> None:
    width = sch.sample_categorical([1, 2, 3, 4, 5, 6, 7, 8, 9], [1 / 9] * 9)
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, 16)
    i, rows = sch.split(i, [None, 7])
    j, vectors = sch.split(j, [None, max(1, range(width)[-1])])
    p, steps = sch.split(p, [None, 4])
    sch.reorder(i, j, p, steps, rows, vectors, lanes)
    sch.reverse_compute_at(sums, j)
    sch.vectorize(lanes)
    for loop in (steps, rows, vectors):
        sch.unroll(loop)
    sch.decompose_reduction(block, p)
    copying = sch.get_loops(sums)[2:]
    if copying:
        vectors, lanes = cut(sch, copying.pop(), 16)
        sch.vectorize(lanes)
        for loop in (*copying, vectors):
            sch.unroll(loop)
