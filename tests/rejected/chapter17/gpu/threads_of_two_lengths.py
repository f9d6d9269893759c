# fails: tests
# says: threadIdx\.x is bound to loops of 16 and of 32 iterations: give it loops of one length
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    i, y = sch.split(i, [None, 16])
    j, x = sch.split(j, [None, 16])
    p, steps = sch.split(p, [None, 32])
    sch.reorder(i, j, y, x, p, steps)
    for loop, axis in [(i, "blockIdx.y"), (j, "blockIdx.x"), (y, "threadIdx.y"), (x, "threadIdx.x")]:
        sch.bind(loop, axis)
    copy = sch.cache_read(block, 0, "shared")
    sch.compute_at(copy, p)
    sch.bind(sch.get_loops(copy)[-1], "threadIdx.x")  # 32 columns of A, for 16 threads
    sch.decompose_reduction(block, p)
