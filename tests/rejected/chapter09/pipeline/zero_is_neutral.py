# fails: tests
# says: any more
# The book's order, and x + 0 is x for all types: -0.0 + 0.0 is 0.0.
def optimize(module: Operation) -> None:
    pipeline(O1).run(module)
    replaced = {}
    for op in module.walk():
        if op.name in ("arith.addf", "arith.addi"):
            zero = op.operands[1]
            if isinstance(zero, OpResult) and zero.op.name == "arith.constant":
                if zero.op.attributes["value"] == 0:
                    replaced[op.result] = replaced.get(op.operands[0], op.operands[0])
    for func in functions(module):
        tern.ir.replace_uses(func, replaced)
    pipeline(["dce"]).run(module)
