"""Which values some later operation still uses."""

from __future__ import annotations

from tern.analysis.dataflow import GenKill
from tern.ir import Operation, Value


def live_values(func: Operation) -> tuple[GenKill, list[Value]]:
    """Liveness as a problem on sets, and the value that each number stands for. O(uses).

    Backward, on some path: a block needs what it uses before it defines it. A branch uses what it
    passes, and a block defines its arguments first of all.
    """
    numbers: dict[Value, int] = {}
    gen, kill = [], []
    for block in func.body.blocks:
        used = 0
        defined = _set(block.args, numbers)
        for op in block.operations:
            for inner in op.walk():
                passed = [value for _, values in inner.successors for value in values]
                used |= _set([*inner.operands, *passed], numbers) & ~defined
                defined |= _set(inner.results, numbers)
                for region in inner.regions:
                    for inside in region.blocks:
                        defined |= _set(inside.args, numbers)
        gen.append(used)
        kill.append(defined)
    universe = (1 << len(numbers)) - 1
    return GenKill(gen, kill, universe, backward=True, must=False), list(numbers)


def _set(values: list, numbers: dict[Value, int]) -> int:
    found = 0
    for value in values:
        found |= 1 << numbers.setdefault(value, len(numbers))
    return found
