# fails: tests
# says: holds no decision
def search_space(sch: Schedule) -> None:
    import random
    random.seed(1)
    rows = random.choice([2, 4, 6, 7])
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "global")
    i, j, p = sch.get_loops(block)
    j, lanes = cut(sch, j, 16)
    i, rows = sch.split(i, [None, rows])
    j, vectors = sch.split(j, [None, 2])
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
