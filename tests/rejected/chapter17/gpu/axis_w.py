# fails: tests
# says: a loop is bound to blockIdx\.w: there are blockIdx\.x, blockIdx\.y
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, _ = sch.get_loops(block)
    block_x, x = sch.split(j, [None, 64])
    sch.reorder(i, block_x, x)
    for loop, axis in [(i, "blockIdx.y"), (block_x, "blockIdx.w"), (x, "threadIdx.x")]:
        sch.bind(loop, axis)
