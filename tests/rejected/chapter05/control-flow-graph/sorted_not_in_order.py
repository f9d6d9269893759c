# fails: tests
# says: The true side of a cond_br comes first
def control_flow_graph(func):
    number = {block: i for i, block in enumerate(func.body.blocks)}
    return [
        sorted({number[target] for target, _ in block.terminator.successors})
        if block.operations else []
        for block in func.body.blocks
    ]
