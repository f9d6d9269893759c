# ---- a cell of the reader ----
from __future__ import annotations
def helper(func: "Operation", /, *rest, key: int | None = None) -> list[Block]: return func.body.blocks

# ---- a cell of the reader ----
def control_flow_graph(func: Operation):
    """Kept in a cell of its own; the stub stands where it stood."""
    number = {}
    for block in helper(func): number[block] = len(number)
    return [list(dict.fromkeys([number[b] for b, *_ in (block.operations and block.terminator.successors) or ()])) for block in number]
