# fails: speed
# says: CPU time|still running
def summarize(module):
    counts, deepest, longest = {}, 0, {}
    results, used = [], []
    stack = [(module.operation, 0)]
    while stack:
        outer, depth = stack.pop()
        for region in outer.regions:
            for block in region.blocks:
                for op in block.operations:
                    op = op.operation
                    counts[op.name] = counts.get(op.name, 0) + 1
                    deepest = max(deepest, depth + 1)
                    results += op.results
                    used += op.operands
                    stack.append((op, depth + 1))
                    waiting = [op]
                    while waiting:
                        owners = [operand.owner for operand in waiting[-1].operands]
                        owners = [o.operation for o in owners if not isinstance(o, ir.Block)]
                        unknown = [o for o in owners if o not in longest]
                        if unknown:
                            waiting += unknown
                        else:
                            known = [longest[o] for o in owners]
                            longest[waiting.pop()] = 1 + max(known, default=0)
    return {
        "operations": counts,
        "depth": deepest,
        "unused": sum(result not in used for result in results),
        "longest": max(longest.values(), default=0),
    }
