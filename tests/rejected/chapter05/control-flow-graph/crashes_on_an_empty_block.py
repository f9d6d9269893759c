# fails: tests
# says: smallest counterexample
def control_flow_graph(func):
    number = {block: i for i, block in enumerate(func.body.blocks)}
    return [
        list(dict.fromkeys(number[target] for target, _ in block.operations[-1].successors))
        for block in func.body.blocks
    ]
