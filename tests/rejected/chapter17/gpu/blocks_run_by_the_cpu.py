# fails: tests
# says: the loop i_0 is around all that are bound, so the CPU runs it
def schedule_gpu(sch: Schedule) -> None:
    block = sch.get_sblock("C")
    i, j, _ = sch.get_loops(block)
    block_y, y = sch.split(i, [None, 16])
    block_x, x = sch.split(j, [None, 16])
    sch.reorder(block_y, block_x, y, x)
    sch.bind(y, "threadIdx.y")
    sch.bind(x, "threadIdx.x")
