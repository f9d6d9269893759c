"""Which stores may have written what a variable holds."""

from __future__ import annotations

from tern.analysis.dataflow import GenKill
from tern.ir import Operation, Value


def reaching_stores(func: Operation) -> tuple[GenKill, list[Operation]]:
    """Reaching definitions as a problem on sets, and the store that each number stands for.

    Forward, on some path: of each variable that a block stores to, its last store leaves the
    block, and no other store to that variable gets through. O(blocks × variables).
    """
    stores = [op for op in func.walk() if op.name == "memref.store"]
    of_variable: dict[Value, int] = {}
    for number, store in enumerate(stores):
        variable = store.operands[1]
        of_variable[variable] = of_variable.get(variable, 0) | 1 << number

    number_of = {store: number for number, store in enumerate(stores)}
    gen, kill = [], []
    for block in func.body.blocks:
        last = {op.operands[1]: 1 << number_of[op] for op in block.operations if op in number_of}
        gen.append(sum(last.values()))
        kill.append(sum(of_variable[variable] for variable in last))
    universe = (1 << len(stores)) - 1
    return GenKill(gen, kill, universe, backward=False, must=False), stores
