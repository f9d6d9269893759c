# fails: tests
# says: bound to two loops, one inside the other
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, rows = sch.split(i, [None, 16, 4])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, thread_y, thread_x, p, steps, rows, columns)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.x"), (thread_y, "threadIdx.x"), (thread_x, "threadIdx.x")]:
        sch.bind(loop, axis)
    sch.reverse_compute_at(sums, thread_x)
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[5:])
        _, y, x, four = sch.split(number, [None, 16, 16, 4])
        sch.bind(y, "threadIdx.y")
        sch.bind(x, "threadIdx.x")
        sch.vectorize(four)
    sch.decompose_reduction(block, p)
