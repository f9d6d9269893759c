# fails: tests
# says: division
# A division whose result nobody uses goes, and with it the error that the program ended in.
def greedy(root: Operation, patterns, limit: int | None = None) -> Statistics:
    done = Statistics()
    again = True
    while again:
        again = False
        rewriter = Rewriter(root)
        for op in [op for op in root.walk() if op is not root]:
            if rewriter.is_erased(op):
                continue
            name = None
            if op.results and rewriter.is_unused(op):
                rewriter.erase(op)
                name = "erase-dead"
            else:
                for each in patterns:
                    if each.root == op.name and each.rewrite(op, rewriter):
                        name = each.name
                        break
            if name is not None:
                done.fired[name] += 1
                again = True
        rewriter.finish()
    return done
