# fails: speed
# says: CPU time grew
# Right, but after each rewrite it begins again at the top: quadratic in a chain.
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    done = Statistics()
    if callable(patterns):
        candidates = patterns
    else:
        ordered = sorted(patterns, key=lambda each: -each.benefit)

        def candidates(op):
            return [each for each in ordered if each.root == op.name]

    limit = 20 * sum(1 for _ in root.walk()) + 1000 if limit is None else limit
    last = []

    def step() -> str | None:
        rewriter = Rewriter(root)
        try:
            for op in [op for op in root.walk() if op is not root]:
                done.visits += 1
                if op.results and rewriter.is_unused(op) and is_speculatable(op):
                    rewriter.erase(op)
                    return "erase-dead"
                number = fold(op)
                constant = None if number is None else rewriter.constant(op, number, op.result.type)
                if constant is not None:
                    rewriter.replace(op, [constant])
                    return "fold"
                for each in candidates(op):
                    done.tried[each.name] += 1
                    if each.rewrite(op, rewriter):
                        return each.name
            return None
        finally:
            rewriter.finish()

    while (name := step()) is not None:
        done.fired[name] += 1
        last = [*last[-99:], name]
        if done.changes > limit:
            names = " and ".join(repr(n) for n in sorted(set(last)))
            raise RewriteError(f"no end after {limit} rewrites: {names} undo each other")
    return done
