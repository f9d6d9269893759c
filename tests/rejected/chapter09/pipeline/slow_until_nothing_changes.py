# fails: speed
# says: grew
# Right, and tidies up again for every third block: quadratic.
def optimize(module: Operation) -> None:
    for func in functions(module):
        for _ in list(func.body.blocks)[::3]:
            PASSES["simplify-cfg"].run(func)
            PASSES["gvn"].run(func)
    pipeline(O1).run(module)
