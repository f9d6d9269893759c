# fails: tests
# says: is None: is a `return` missing
def control_flow_graph(func):
    number = {block: i for i, block in enumerate(func.body.blocks)}
    [[number[target] for target, _ in block.terminator.successors] for block in func.body.blocks]
