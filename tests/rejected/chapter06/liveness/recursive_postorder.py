# fails: speed
# says: RecursionError
# Right, and in the right order, which it finds by recursion.
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
    order: list[int] = []
    seen: set[int] = set()

    def visit(block: int) -> None:
        seen.add(block)
        for target in successors[block]:
            if target not in seen:
                visit(target)
        order.append(block)

    for block in range(len(blocks)):
        if block not in seen:
            visit(block)
    changed = True
    while changed:
        changed = False
        for block in order:
            for target in successors[block]:
                live_out[block] |= live_in[target]
            reads, writes = reads_writes[block]
            start = reads | live_out[block] & ~writes
            if start != live_in[block]:
                live_in[block] = start
                changed = True
    return live_out
