# fails: tests
# says: still applies
# The worklist gets what is new, but not who uses what changed; and there is no second sweep.
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    done = Statistics()
    work = []
    rewriter = Rewriter(root, lambda event, op: work.append(op) if event == "inserted" else None)
    work += reversed([op for op in root.walk() if op is not root])
    while work:
        op = work.pop()
        if rewriter.is_erased(op):
            continue
        done.visits += 1
        for each in sorted(patterns, key=lambda each: -each.benefit):
            if each.root == op.name and each.rewrite(op, rewriter):
                done.fired[each.name] += 1
                break
        else:
            if op.results and rewriter.is_unused(op) and is_speculatable(op):
                rewriter.erase(op)
    rewriter.finish()
    return done
