"""IR crosses as bytecode, and a violation field by field.

An operation that stands inside another crosses with all around it and its number in there, because
its operands are defined outside: a loop nest is changed within its function. Locations cross where
the whole has one that is a file's line and column.
"""

from __future__ import annotations

from typing import Any

from autograder.worker.wire import Codec, Unsendable
from tern import ir
from tern.ir.mlir_attributes import Place


class OperationCodec(Codec):
    tag, mutable = "operation", True

    def encode(self, value: ir.Operation) -> Any:
        root = _root(value)
        try:
            data = ir.write_bytecode(root)
        except ValueError as error:
            raise Unsendable(f"the IR is damaged: {error}") from error
        if root is value:
            return (
                data if not isinstance(root.location, Place) else {"ir": data, "at": _places(root)}
            )
        for number, operation in enumerate(root.walk()):
            if operation is value:
                return [number, data]
        raise Unsendable(f"the {value.name} no longer stands in the IR around it")

    def decode(self, data: Any) -> ir.Operation:
        if type(data) is dict:
            root = ir.read_bytecode(data["ir"])
            _place(root, data["at"])
            return root
        if type(data) is not list:
            return ir.read_bytecode(data)
        number, whole = data
        inside = list(ir.read_bytecode(whole).walk())
        if type(number) is not int or not 0 <= number < len(inside):
            raise ValueError(f"there is no operation {number} in {len(inside)}")
        return inside[number]

    def assign(self, target: ir.Operation, changed: ir.Operation) -> None:
        """The whole that `target` stands in becomes that of `changed`."""
        target, changed = _root(target), _root(changed)
        target.attributes = changed.attributes
        target.regions = changed.regions
        for region in target.regions:
            region.parent = target


class ViolationCodec(Codec):
    tag = "violation"

    def encode(self, value: ir.Violation) -> list:
        return list(value)

    def decode(self, data: list) -> ir.Violation:
        return ir.Violation(*data)


def _root(operation: Any) -> Any:
    """The function around `operation`, or itself: a function crosses without its module."""
    while operation.name != "func.func" and operation.parent is not None:
        operation = operation.parent.parent.parent
    return operation


def _places(root: ir.Operation) -> list[list[Any] | None]:
    """Where each operation came from, in the order of `walk`."""
    found = [op.location for op in root.walk()]
    return [[at.file, at.line, at.column] if isinstance(at, Place) else None for at in found]


def _place(root: ir.Operation, places: list[list[Any] | None]) -> None:
    for op, at in zip(root.walk(), places, strict=True):
        if at is not None:
            file, line, column = at
            if type(file) is not str or type(line) is not int or type(column) is not int:
                raise ValueError("a damaged location")
            op.location = Place(file, line, column)
