# fails: tests
# says: KeyError|longest
def summarize(module):
    counts, longest, deepest, unused = {}, {}, 0, 0
    order = []

    def visit(op):
        order.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    for op in order[1:]:
        counts[op.name] = counts.get(op.name, 0) + 1
        depth, outer = 0, op.operation
        while outer != module.operation:
            outer, depth = outer.parent, depth + 1
        deepest = max(deepest, depth)
        unused += sum(len(list(result.uses)) == 0 for result in op.results)
        owners = [operand.owner for operand in op.operands]
        known = [longest.get(o.operation, 0) for o in owners if not isinstance(o, ir.Block)]
        longest[op.operation] = 1 + max(known, default=0)
    longest = max(longest.values(), default=0)
    return {"operations": counts, "depth": deepest, "unused": unused, "longest": longest}
