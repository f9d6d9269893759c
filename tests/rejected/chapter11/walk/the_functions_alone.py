# fails: tests
# says: depth|longest|expected
def summarize(module):
    counts, longest, deepest, unused = {}, {}, 0, 0
    for func in module.body.operations:
        counts[func.operation.name] = counts.get(func.operation.name, 0) + 1
        deepest = max(deepest, 1)
        for block in func.regions[0].blocks:
            for op in block.operations:
                op = op.operation
                counts[op.name] = counts.get(op.name, 0) + 1
                deepest = 2
                unused += sum(len(list(result.uses)) == 0 for result in op.results)
                owners = [operand.owner for operand in op.operands]
                known = [longest[o.operation] for o in owners if not isinstance(o, ir.Block)]
                longest[op] = 1 + max(known, default=0)
    longest = max(longest.values(), default=0)
    return {"operations": counts, "depth": deepest, "unused": unused, "longest": longest}
