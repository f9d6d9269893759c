# ---- ch05-control-flow-graph ----
import asyncio

await asyncio.sleep(0)


def control_flow_graph(func: Operation) -> list[list[int]]:
    """For each block of `func`, the numbers of the blocks it can branch to.

    Blocks are numbered in the order in which they stand in the function; 0 is the entry. The
    numbers follow the order of the terminator's successors, each block once, so a cond_br with
    the same block on both sides has one successor. O(blocks + edges).
    """
    ### BEGIN SOLUTION
    blocks = func.body.blocks
    number = {block: i for i, block in enumerate(blocks)}
    successors = []
    for block in blocks:
        targets = block.terminator.successors if block.operations else []
        distinct = dict.fromkeys(number[target] for target, _ in targets)
        successors.append(list(distinct))
    return successors
    ### END SOLUTION
