"""How tern's own classes cross between judge and worker: IR as bytecode, records field by field.

An operation that stands inside another crosses with all around it and its number in there, because
its operands are defined outside: a loop nest is changed within its function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from autograder import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from tern import ir

    def encode(operation: ir.Operation) -> Any:
        root = _root(operation)
        try:
            data = ir.write_bytecode(root)
        except ValueError as error:
            raise wire.Unsendable(f"the IR is damaged: {error}") from error
        if root is operation:
            return data
        for number, op in enumerate(root.walk()):
            if op is operation:
                return [number, data]
        raise wire.Unsendable(f"the {operation.name} no longer stands in the IR around it")

    def decode(data: Any) -> ir.Operation:
        if type(data) is not list:
            return ir.read_bytecode(data)
        number, whole = data
        inside = list(ir.read_bytecode(whole).walk())
        if type(number) is not int or not 0 <= number < len(inside):
            raise ValueError(f"there is no operation {number} in {len(inside)}")
        return inside[number]

    def assign(target: ir.Operation, changed: ir.Operation) -> None:
        """The whole that `target` stands in becomes that of `changed`."""
        target, changed = _root(target), _root(changed)
        target.attributes = changed.attributes
        target.regions = changed.regions
        for region in target.regions:
            region.parent = target

    wire.register(ir.Operation, wire.Codec("operation", encode, decode, assign))
    wire.register(
        ir.Violation,
        wire.Codec("violation", lambda v: list(v), lambda fields: ir.Violation(*fields)),
    )
    if cost := sys.modules.get("tern.cost"):
        wire.register(
            cost.Cache,
            wire.Codec("cache", lambda c: [c.size, c.ways, c.line], lambda sizes: cost.Cache(*sizes)),
        )


def _root(operation: Any) -> Any:
    """The function around `operation`, or itself: a function crosses without its module."""
    while operation.name != "func.func" and operation.parent is not None:
        operation = operation.parent.parent.parent
    return operation


def functions_of(part: str) -> list[Callable]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *parts.get(part).part_helpers]
