"""Constants of many numbers as arguments: what has no place in machine code comes from outside.

It is what torch.export does to a network's parameters, and LLVM's targets to a constant pool: code
holds the address, and somebody else the numbers. Loops have no constants of many numbers, so
that whoever lowers to them lifts first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tern.ir import Block, Operation, Value, replace_uses
from tern.ir.dialects.dense import array_of, several
from tern.types import TensorType


def lift_constants(func: Operation) -> list[Any]:
    """Make the constants of many numbers that a function has arguments of it, after all others, in
    place. Gives their arrays, in order, which can only be read; equal constants are one.

    Calls in other functions are not changed: it is for a function that nobody calls. O(operations
    + numbers).
    """
    entry = func.body.blocks[0]
    arrays: dict[tuple[str, TensorType], Any] = {}
    arguments: dict[tuple[str, TensorType], Value] = {}
    lifted: dict[Value, Value] = {}
    gone: dict[Block, set[Operation]] = {}
    for op in func.walk():
        if op.name != "arith.constant" or not isinstance(op.result.type, TensorType):
            continue
        value, type = op.attributes["value"], op.result.type
        if not several(value):
            continue
        key = (repr(value), type)  # which tells 0.0 and -0.0 apart
        if key not in arguments:
            arrays[key] = array_of(value, type)
            arguments[key] = entry.add_arg(type)
        lifted[op.result] = arguments[key]
        gone.setdefault(op.parent, set()).add(op)
    for block, constants in gone.items():
        block.operations = [op for op in block.operations if op not in constants]
    replace_uses(func, lifted)
    known = func.attributes["function_type"]
    inputs = (*known.inputs, *(argument.type for argument in arguments.values()))
    func.attributes["function_type"] = replace(known, inputs=inputs)
    return list(arrays.values())
