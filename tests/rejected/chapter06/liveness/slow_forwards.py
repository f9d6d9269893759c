# fails: speed
# says: grew|time
# Right, but passes over all blocks in their order until nothing changes.
def liveness(
    blocks: Sequence[Sequence[Effect]], successors: Sequence[Sequence[int]]
) -> list[int]:
    reads_writes = []
    for block in blocks:
        reads = writes = 0
        for written, read in block:
            for value in read:
                reads |= 1 << value & ~writes
            for value in written:
                writes |= 1 << value
        reads_writes.append((reads, writes))
    live_in, live_out = [0] * len(blocks), [0] * len(blocks)
    changed = True
    while changed:
        changed = False
        for block in range(len(blocks)):
            for target in successors[block]:
                live_out[block] |= live_in[target]
            reads, writes = reads_writes[block]
            start = reads | live_out[block] & ~writes
            if start != live_in[block]:
                live_in[block] = start
                changed = True
    return live_out
