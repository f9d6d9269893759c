# fails: tests
# says: still applies
# Every operation once: what a rewrite makes possible is not tried.
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    done = Statistics()
    rewriter = Rewriter(root)
    for op in [op for op in root.walk() if op is not root]:
        if rewriter.is_erased(op):
            continue
        for each in sorted(patterns, key=lambda each: -each.benefit):
            if each.root == op.name and each.rewrite(op, rewriter):
                done.fired[each.name] += 1
                break
    rewriter.finish()
    return done
