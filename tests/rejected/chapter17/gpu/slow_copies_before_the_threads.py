# fails: speed
# says: 4,096× the inputs' bytes are loaded from global memory \(bar 16×\)
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y = cut(sch, i, 8)
    block_x, thread_x = cut(sch, j, 8)
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, p, thread_y, thread_x, steps)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.x"), (thread_y, "threadIdx.y"), (thread_x, "threadIdx.x")]:
        sch.bind(loop, axis)
    sch.reverse_compute_at(sums, block_x)
    y, x = sch.get_loops(sums)[2:]
    sch.bind(y, "threadIdx.y")
    sch.bind(x, "threadIdx.x")
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[3:])
        sch.vectorize(sch.split(number, [None, 4])[1])
    sch.decompose_reduction(block, p)
