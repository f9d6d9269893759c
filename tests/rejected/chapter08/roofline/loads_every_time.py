# fails: tests
# says: expected
# Every access moves bytes: what would be without a cache.
def estimate(func, peak_flops, bandwidth):
    def count(block, known):
        flops = moved = 0
        for op in block.operations:
            flops += op.name in FLOPS
            if op.name in ("affine.load", "affine.store"):
                moved += 4
            if op.name == "affine.for":
                for i in trip_range(op, known):
                    inner = count(op.body.only_block, {**known, induction_variable(op): i})
                    flops, moved = flops + inner[0], moved + inner[1]
        return flops, moved

    flops, moved = count(func.body.only_block, {})
    if not moved or flops / moved >= peak_flops / bandwidth:
        return flops, moved, "compute", float(peak_flops)
    return flops, moved, "memory", bandwidth * flops / moved
