# fails: tests
# says: the buffers between the blocks take 2,097,152 bytes, 4,096 are allowed
def fuse_epilogue(sch: Schedule) -> None:
    return
