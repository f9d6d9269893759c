# fails: tests
# says: there is no __shared__ in the CUDA source
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, p = sch.get_loops(block)
    block_y, thread_y = sch.split(i, [None, 16])
    block_x, thread_x = sch.split(j, [None, 16])
    sch.reorder(block_y, block_x, thread_y, thread_x, p)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.x"), (thread_y, "threadIdx.y"), (thread_x, "threadIdx.x")]:
        sch.bind(loop, axis)
    sch.decompose_reduction(block, p)
