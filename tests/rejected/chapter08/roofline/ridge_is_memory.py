# fails: tests
# says: On the ridge itself
def count(block, known, in_bounds):
    flops = 0
    for op in block.operations:
        flops += op.name in FLOPS
        if op.name == "affine.for":
            trips, variable = trip_range(op, known), induction_variable(op)
            body = op.body.only_block
            if variable in in_bounds:
                flops += sum(count(body, {**known, variable: i}, in_bounds) for i in trips)
            elif trips:
                flops += len(trips) * count(body, {**known, variable: trips[0]}, in_bounds)
    return flops


def estimate(func, peak_flops, bandwidth):
    loops = [op for op in func.walk() if op.name == "affine.for"]
    in_bounds = {value for loop in loops for value in loop.operands}
    loaded = {op.operands[0] for op in func.walk() if op.name == "affine.load"}
    stored = {op.operands[1] for op in func.walk() if op.name == "affine.store"}
    moved = sum(bytes_of(b.type) for side in (loaded, stored) for b in side)
    flops = count(func.body.only_block, {}, in_bounds)
    if not moved or flops / moved > peak_flops / bandwidth:
        return flops, moved, "compute", float(peak_flops)
    return flops, moved, "memory", bandwidth * flops / moved
