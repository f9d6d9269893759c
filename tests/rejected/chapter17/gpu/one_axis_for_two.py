# fails: tests
# says: blockIdx\.y is bound to two loops, one inside the other
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, _ = sch.get_loops(block)
    block_y, y = sch.split(i, [None, 16])
    block_x, x = sch.split(j, [None, 16])
    sch.reorder(block_y, block_x, y, x)
    for loop, axis in [(block_y, "blockIdx.y"), (block_x, "blockIdx.y"), (y, "threadIdx.y"), (x, "threadIdx.x")]:
        sch.bind(loop, axis)
