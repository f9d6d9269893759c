# fails: speed
# says: grew
# Right, but the worklist starts with the first block and is first in, first out.
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
    predecessors: list[list[int]] = [[] for _ in blocks]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    work = list(range(len(blocks)))
    for block in work:
        for target in successors[block]:
            live_out[block] |= live_in[target]
        reads, writes = reads_writes[block]
        start = reads | live_out[block] & ~writes
        if start != live_in[block]:
            live_in[block] = start
            work.extend(predecessors[block])
    return live_out
