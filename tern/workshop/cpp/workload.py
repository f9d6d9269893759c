"""The work of the chapter's question in Python: operations built, walked, rewired, and erased.

As workload.hpp does it in C++: after each step, both have the same bytecode.
"""

from __future__ import annotations

from tern.ir import Operation, Value, function, new_function, new_module, replace_uses
from tern.passes.dead_code import erase_dead_operations
from tern.types import i32

NEAR = 16
"""Operands are among so many values before."""
EVERY = 10
"""Of every so many results, the uses are replaced."""


def build(count: int) -> Operation:
    """A module with a function of `count` additions and multiplications of two values before."""
    module = new_module()
    func = new_function("work", [i32, i32], [i32])
    module.body.only_block.append(func)
    block = func.body.only_block
    values: list[Value] = list(block.args)
    random = 1  # a generator that is the same in every language

    def one_before() -> Value:
        nonlocal random
        random = (random * 1103515245 + 12345) & 0xFFFFFFFF
        return values[-1 - (random >> 16) % min(len(values), NEAR)]

    kinds = ("arith.addi", "arith.muli")
    for i in range(count):
        op = Operation(kinds[i % 2], [one_before(), one_before()], [i32])
        block.append(op)
        values.append(op.results[0])
    block.append(Operation("func.return", [values[-1]]))
    return module


def walk(module: Operation) -> int:
    """How many operations and operands there are."""
    return sum(1 + len(op.operands) for op in module.walk())


def replace(module: Operation) -> int:
    """Every tenth result's uses become the first argument's: how many results these are."""
    func = function(module, "work")
    block = func.body.only_block
    results = [op.results[0] for op in block.operations if op.results]
    replacements = dict.fromkeys(results[::EVERY], block.args[0])
    replace_uses(func, replacements)
    return len(replacements)


def erase_dead(module: Operation) -> int:
    """How many operations nobody used, and are gone."""
    return erase_dead_operations(module)
