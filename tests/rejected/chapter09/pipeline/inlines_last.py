# fails: speed
# says: share of operations executed
# All of the passes, in an order that does not help.
def optimize(module: Operation) -> None:
    pipeline(["dce", "licm", "gvn", "sccp", "simplify-cfg", "inline", "simplify-cfg"]).run(module)
