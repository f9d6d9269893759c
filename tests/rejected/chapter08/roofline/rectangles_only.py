# fails: tests
# says: starts at i
# Right for loops whose bounds are numbers. The first iteration is not like the others.
def estimate(func, peak_flops, bandwidth):
    def count(block, known):
        flops = 0
        for op in block.operations:
            flops += op.name in FLOPS
            if op.name == "affine.for":
                trips = trip_range(op, known)
                if trips:
                    inside = {**known, induction_variable(op): trips[0]}
                    flops += len(trips) * count(op.body.only_block, inside)
        return flops

    loaded = {op.operands[0] for op in func.walk() if op.name == "affine.load"}
    stored = {op.operands[1] for op in func.walk() if op.name == "affine.store"}
    moved = sum(bytes_of(b.type) for b in loaded) + sum(bytes_of(b.type) for b in stored)
    flops = count(func.body.only_block, {})
    if not moved or flops / moved >= peak_flops / bandwidth:
        return flops, moved, "compute", float(peak_flops)
    return flops, moved, "memory", bandwidth * flops / moved
