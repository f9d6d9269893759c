# fails: speed
# says: the book's CPU time|took longer|time
# Right, and it walks through every loop but the innermost ones.
def count(block, known):
    flops = sum(op.name in FLOPS for op in block.operations)
    for op in block.operations:
        if op.name == "affine.for":
            body, trips = op.body.only_block, trip_range(op, known)
            if any(inner.name == "affine.for" for inner in body.operations):
                variable = induction_variable(op)
                flops += sum(count(body, {**known, variable: i}) for i in trips)
            else:
                flops += len(trips) * sum(inner.name in FLOPS for inner in body.operations)
    return flops


def estimate(func, peak_flops, bandwidth):
    loaded = {op.operands[0] for op in func.walk() if op.name == "affine.load"}
    stored = {op.operands[1] for op in func.walk() if op.name == "affine.store"}
    moved = sum(bytes_of(b.type) for side in (loaded, stored) for b in side)
    flops = count(func.body.only_block, {})
    if not moved or flops / moved >= peak_flops / bandwidth:
        return flops, moved, "compute", float(peak_flops)
    return flops, moved, "memory", bandwidth * flops / moved
