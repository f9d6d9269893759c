# fails: tests
# says: RecursionError|recursion
def summarize(module):
    counts, longest, deepest, unused = {}, {}, 0, 0

    def chain(op):
        if op not in longest:
            owners = [operand.owner for operand in op.operands]
            longest[op] = 1 + max(
                (chain(one.operation) for one in owners if not isinstance(one, ir.Block)), default=0
            )
        return longest[op]

    def visit(outer, depth):
        nonlocal deepest, unused
        for region in outer.regions:
            for block in region.blocks:
                for op in block.operations:
                    op = op.operation
                    counts[op.name] = counts.get(op.name, 0) + 1
                    deepest = max(deepest, depth + 1)
                    unused += sum(len(list(result.uses)) == 0 for result in op.results)
                    chain(op)
                    visit(op, depth + 1)

    visit(module.operation, 0)
    longest = max(longest.values(), default=0)
    return {"operations": counts, "depth": deepest, "unused": unused, "longest": longest}
