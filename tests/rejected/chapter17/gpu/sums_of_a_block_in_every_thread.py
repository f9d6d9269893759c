# fails: tests
# says: a thread keeps 4,096 numbers in local memory: at most 96 fit
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, rows = sch.split(i, [None, 16, 4])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, p, thread_y, thread_x, steps, rows, columns)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.x"), (thread_y, "threadIdx.y"), (thread_x, "threadIdx.x")]:
        sch.bind(loop, axis)
    sch.reverse_compute_at(sums, block_x)
    y, x = sch.get_loops(sums)[2:]
    y, _ = sch.split(y, [None, 4])
    x, _ = sch.split(x, [None, 4])
    sch.reorder(y, x)
    sch.bind(y, "threadIdx.y")
    sch.bind(x, "threadIdx.x")
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[3:])
        sch.vectorize(sch.split(number, [None, 4])[1])
    sch.decompose_reduction(block, p)
