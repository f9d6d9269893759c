# fails: speed
# says: bar 3×
def control_flow_graph(func):
    blocks = func.body.blocks
    graph = []
    for block in blocks:
        targets = block.terminator.successors if block.operations else []
        graph.append(list(dict.fromkeys(blocks.index(target) for target, _ in targets)))
    return graph
