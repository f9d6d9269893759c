# fails: speed
# says: share of operations executed
# Right, but calls hide half of what could be seen.
def optimize(module: Operation) -> None:
    pipeline(["sccp", "gvn", "licm", "dce", "simplify-cfg"]).run(module)
