"""Outlining: each loop nest becomes a function of its own, and nests that are alike share one.

To compile one long function takes longer than to compile many short ones: type inference and
register allocation look at a function as a whole. And the nests of a network's layers are alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from tern.analysis.nests import nests
from tern.ir import (
    Operation,
    OpResult,
    Value,
    captured_values,
    functions,
    new_function,
    print_ir,
    replace_uses,
)
from tern.types import unnamed


def outline(module: Operation) -> int:
    """Replace the outermost loops inside a module's functions with calls, in place.

    Each nest moves to a private function, whose arguments are what the nest uses from outside, in
    the order of first use; constants go along as copies. Nests of one text share a function, where
    the names of values and of sizes don't count. The new functions come first in the module. Gives
    the number of them. O(operations).
    """
    taken = {op.attributes["sym_name"] for op in functions(module)}
    taken |= {op.attributes["callee"] for op in module.walk() if op.name == "func.call"}
    numbers = itertools.count(1)
    made: dict[str, Operation] = {}
    calls: dict[Operation, Operation] = {}
    for caller in functions(module):
        for nest in nests(caller):
            arguments, func = _as_function(nest)
            text = print_ir(func, own=True)  # while it has no name
            if text not in made:
                func.attributes["sym_name"] = _new_name(caller, numbers, taken)
                made[text] = func
            callee = {"callee": made[text].attributes["sym_name"]}
            call = Operation("func.call", arguments, (), callee, location=nest.location)
            call.parent = nest.parent
            calls[nest] = call
    for block in {nest.parent for nest in calls}:
        block.operations = [calls.get(op, op) for op in block.operations]
    for number, func in enumerate(made.values()):
        module.body.only_block.insert(number, func)
    return len(made)


def _as_function(nest: Operation) -> tuple[list[Value], Operation]:
    """What a nest uses from outside, without constants, and a function of it that does the same."""
    used = list(dict.fromkeys((*nest.operands, *captured_values(nest))))
    constants = [value for value in used if _is_constant(value)]
    arguments = [value for value in used if not _is_constant(value)]
    func = new_function("", [unnamed(value.type) for value in arguments], [])
    func.attributes["sym_visibility"] = "private"
    func.location = nest.location
    block = func.body.only_block
    copies = [block.append(value.op.clone()).result for value in constants]
    body = block.append(nest.clone())
    block.append(Operation("func.return", location=nest.location))
    replace_uses(body, dict(zip([*constants, *arguments], [*copies, *block.args])))
    return arguments, func


def _is_constant(value: Value) -> bool:
    return isinstance(value, OpResult) and value.op.name == "arith.constant"


def _new_name(caller: Operation, numbers: Iterator[int], taken: set[str]) -> str:
    """`f_nest1`, with the next number that makes it a new name; from now on taken."""
    names = (f"{caller.attributes['sym_name']}_nest{number}" for number in numbers)
    name = next(each for each in names if each not in taken)
    taken.add(name)
    return name
