# fails: tests
# says: a graph algorithm must not count it twice
def control_flow_graph(func):
    number = {block: i for i, block in enumerate(func.body.blocks)}
    return [
        [number[target] for target, _ in block.terminator.successors] if block.operations else []
        for block in func.body.blocks
    ]
