# fails: tests
# says: are left
# What has no users goes, again and again: a circle of arguments keeps itself alive.
def dce(root: Operation) -> int:
    if root.name == "builtin.module":
        return sum(dce(func) for func in functions(root))
    erased = 0
    while True:
        before = erased + len(root.body.blocks)
        erase_unreachable_blocks(root)
        erased = before - len(root.body.blocks)
        used = {value for op in root.walk() for value in op.operands}
        used |= {value for op in root.walk() for _, values in op.successors for value in values}
        found = 0
        for block in root.body.blocks:
            kept = [op for op in block.operations if not is_speculatable(op) or op.result in used]
            found += len(block.operations) - len(kept)
            block.operations = kept
        erased += found
        if not found and not bypass_dead_loops(root):
            return erased
