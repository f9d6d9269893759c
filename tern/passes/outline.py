"""Outlining: each loop nest becomes a function of its own, and nests that are alike share one.

To compile one long function takes longer than to compile many short ones: type inference and
register allocation look at a function as a whole. And the nests of a network's layers are alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from tern.analysis.nests import nests
from tern.ir import (
    Operation,
    OpResult,
    Value,
    captured_values,
    functions,
    is_pure,
    new_function,
    print_ir,
    replace_uses,
)
from tern.types import ScalarType, unnamed


def outline(module: Operation) -> int:
    """Replace the outermost loops inside a module's functions with calls, in place.

    Each nest moves to a private function, whose arguments are what the nest uses from outside, in
    the order of first use: buffers, sizes, and numbers that are loaded. What is only computed from
    these, or is constant, goes along as a copy. Nests of one text share a function, where the names
    of values and of sizes don't count. The new functions come first in the module, and what nobody
    uses any more stays: erase_dead_operations finds it. Gives the number of new functions.
    O(operations x what goes along).
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
    """What a nest uses from outside, and a function of it that does the same."""
    along = _going_along([*nest.operands, *captured_values(nest)])
    inside = {op.result for op in along}
    used = [value for op in (*along, nest) for value in (*op.operands, *captured_values(op))]
    arguments = [value for value in dict.fromkeys(used) if value not in inside]
    func = new_function("", [unnamed(value.type) for value in arguments], [])
    func.attributes["sym_visibility"] = "private"
    func.location = nest.location
    block = func.body.only_block
    renamed: dict[Value, Value] = dict(zip(arguments, block.args))
    for op in (*along, nest):
        copy = block.append(op.clone())
        replace_uses(copy, renamed)
        renamed.update(zip(op.results, copy.results))
    block.append(Operation("func.return", location=nest.location))
    return arguments, func


def _going_along(values: Iterable[Value]) -> list[Operation]:
    """The scalar operations that compute the values, and what they in turn are computed from."""
    found: dict[Operation, None] = {}
    work = [(value, False) for value in reversed(list(values))]
    while work:
        value, is_ready = work.pop()
        if not isinstance(value, OpResult) or value.op in found or not _is_scalar(value.op):
            continue
        if is_ready:
            found[value.op] = None
        else:
            work.append((value, True))
            work += [(operand, False) for operand in reversed(value.op.operands)]
    return list(found)


def _is_scalar(op: Operation) -> bool:
    """Whether an operation computes a number from numbers: what it gives is the same later."""
    values = (*op.operands, *op.results)
    return is_pure(op) and all(isinstance(value.type, ScalarType) for value in values)


def _new_name(caller: Operation, numbers: Iterator[int], taken: set[str]) -> str:
    """`f_nest1`, with the next number that makes it a new name; from now on taken."""
    names = (f"{caller.attributes['sym_name']}_nest{number}" for number in numbers)
    name = next(each for each in names if each not in taken)
    taken.add(name)
    return name
