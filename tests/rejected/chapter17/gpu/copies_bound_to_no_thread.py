# fails: tests
# says: there is no = \*\(float4\*\)\(A_ptr in the CUDA source|64 threads
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    sums = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, thread_y, rows = sch.split(i, [None, 16, 4])
    block_x, thread_x, columns = sch.split(j, [None, 16, 4])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, thread_y, thread_x, p, steps, rows, columns)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.x"), (thread_y, "threadIdx.y"), (thread_x, "threadIdx.x")]:
        sch.bind(loop, axis)
    sch.reverse_compute_at(sums, thread_x)
    for operand in (0, 1):
        sch.compute_at(sch.cache_read(block, operand, "shared"), p)
    sch.decompose_reduction(block, p)
