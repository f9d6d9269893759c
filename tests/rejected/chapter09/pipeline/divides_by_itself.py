# fails: tests
# says: any more
# The book's order, and x / x is 1: unless x is 0.
def optimize(module: Operation) -> None:
    pipeline(O1).run(module)
    for op in module.walk():
        if op.name == "arith.divsi" and op.operands[0] is op.operands[1]:
            op.name, op.operands, op.attributes = "arith.constant", [], {"value": 1}
