# fails: tests
# says: Integers wrap around
# (a * b) / b is a only where the product fits.
def optimize(module: Operation) -> None:
    from tern.ir import replace_uses

    pipeline(O1).run(module)
    for func in defined_functions(module):
        for op in list(func.walk()):
            if op.name != "arith.divsi" or not isinstance(op.operands[0], OpResult):
                continue
            product = op.operands[0].op
            if product.name == "arith.muli" and product.operands[1] is op.operands[1]:
                replace_uses(func, {op.result: product.operands[0]})
    pipeline(["dce"]).run(module)
