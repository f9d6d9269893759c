# fails: speed
# says: CPU time grew
# No worklist: all operations in the order of the text, again and again until nothing changes.
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    done, last = Statistics(), []
    if callable(patterns):
        candidates = patterns
    else:
        ordered = sorted(patterns, key=lambda each: -each.benefit)

        def candidates(op):
            return [each for each in ordered if each.root == op.name]

    limit = 20 * sum(1 for _ in root.walk()) + 1000 if limit is None else limit
    rewriter, before = Rewriter(root), -1

    def simplify(op: Operation) -> str | None:
        if op.results and rewriter.is_unused(op) and is_speculatable(op):
            rewriter.erase(op)
            return ERASED
        number = fold(op)
        constant = None if number is None else rewriter.constant(op, number, op.result.type)
        if constant is not None:
            rewriter.replace(op, [constant])
            return FOLDED
        for each in candidates(op):
            done.tried[each.name] += 1
            if each.rewrite(op, rewriter):
                return each.name
        return None

    while before < done.changes:
        before = done.changes
        for op in [op for op in root.walk() if op is not root]:
            if rewriter.is_erased(op):
                continue
            done.visits += 1
            name = simplify(op)
            if name is None:
                continue
            done.fired[name] += 1
            last = [*last[-99:], name] if name not in (ERASED, FOLDED) else last
            if done.changes > limit:
                rewriter.finish()
                names = " and ".join(n for n, _ in Counter(last).most_common(2))
                raise RewriteError(f"no end: {names}")
        rewriter.finish()
    return done
