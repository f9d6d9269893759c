"""From IR to bytes and back, for a reader that is a program: no names to look up, nothing to lex.

MLIR has a bytecode beside its text for the same reason. Here it is JSON, so that reading what
somebody else wrote can do no more than make IR. Operations are listed breadth first, each after
the operation around it, and everything else is a number: a value, a block and a type is known by
its number in the order in which the operations bring them in. Equal bytes mean equal IR.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

from tern.ir.collector import collector_paused
from tern.ir.core import Block, Operation, Region, Value
from tern.ir.dialects.dense import Dense
from tern.types import (
    FloatType,
    FunctionType,
    IndexType,
    IntegerType,
    MemRefType,
    TensorType,
    VectorType,
    own_spelling,
    parse_type,
)

_TYPES = (IntegerType, FloatType, IndexType, TensorType, VectorType, MemRefType, FunctionType)


class _Numbers(dict):
    """Numbers things 0, 1, 2, … as they are first asked for."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = number = len(self)
        return number


def write_bytecode(root: Operation) -> bytes:
    """The bytes for an operation and all inside it. O(n).

    Raises:
        ValueError: something inside uses a value or a block that is not inside, or stands there
            twice.
    """
    values: dict[Value, int] = {}
    blocks: dict[Block, int] = {}
    types = _Numbers()
    operations = [root]
    shapes = []
    for op in operations:  # `operations` grows while we read it
        for result in op.results:
            values[result] = len(values)
        shape = []
        for region in op.regions:
            row = []
            for block in region.blocks:
                if block in blocks:
                    raise ValueError("a block stands in two regions")
                blocks[block] = len(blocks)
                for arg in block.args:
                    values[arg] = len(values)
                row.append(([types[arg.type] for arg in block.args], len(block.operations)))
                operations += block.operations
            shape.append(row)
        shapes.append(shape)
    attributes = [op.attributes for op in operations]
    if any(_has_nan(each) for each in attributes):
        attributes = [{key: _by_bits(value) for key, value in each.items()} for each in attributes]
    try:
        rows = [
            (
                op.name,
                [values[v] for v in op.operands],
                [types[r.type] for r in op.results],
                own,
                [(blocks[block], [values[v] for v in args]) for block, args in op.successors],
                shape,
            )
            for op, own, shape in zip(operations, attributes, shapes)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(_what_is_missing(operations, values, blocks)) from error
    text = json.dumps(
        {"operations": rows, "types": list(map(own_spelling, types))},
        separators=(",", ":"),
        sort_keys=True,
        default=_attribute,
    )
    return text.encode()


def _what_is_missing(operations: list[Operation], values: dict, blocks: dict) -> str:
    for op in operations:
        for value in [*op.operands, *(value for _, args in op.successors for value in args)]:
            if not isinstance(value, Value):
                return f"{op.name} uses a {type(value).__name__} instead of a value"
            if value not in values:
                return f"{op.name} uses {value!r}, which nothing inside makes"
        for block, _ in op.successors:
            if block not in blocks:
                return f"{op.name} leads to a block that is not inside"
    return "its parts are not operations and values"


def _attribute(value: Any) -> dict[str, str]:
    if isinstance(value, _TYPES):
        return {"type": own_spelling(value)}
    if isinstance(value, Dense):
        return {"dense": value.data.hex()}
    raise ValueError(f"an attribute is a {type(value).__name__}")


def _has_nan(value: Any) -> bool:
    if type(value) is float:
        return value != value
    if type(value) is tuple:
        return any(map(_has_nan, value))
    return type(value) is dict and any(map(_has_nan, value.values()))


def _by_bits(value: Any) -> Any:
    """An attribute with its NaNs by their bits: there are many, and JSON has a word for one."""
    if type(value) is tuple:
        return tuple(map(_by_bits, value))
    if type(value) is float and math.isnan(value):
        return {"bits": struct.pack(">d", value).hex()}
    return value


def read_bytecode(data: bytes) -> Operation:
    """The operation that `write_bytecode` made `data` of, of fresh objects. O(n).

    Raises:
        ValueError: `data` is something else.
    """
    try:
        with collector_paused():
            return _read(json.loads(data))
    except (
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        StopIteration,
        RecursionError,
        struct.error,
    ) as error:
        raise ValueError("this is not an operation's bytecode") from error


def _read(read: dict) -> Operation:
    types = [parse_type(text) for text in read["types"]]
    rows = read["operations"]
    values: list[Value] = []
    blocks: list[Block] = []
    operations = []
    for name, _, results, attributes, _, shape in rows:
        if type(name) is not str:
            raise ValueError(f"an operation cannot be called {name!r}")
        if attributes:
            attributes = {key: _revive(value) for key, value in attributes.items()}
        op = Operation(name, (), [types[t] for t in results], attributes)
        operations.append(op)
        values += op.results
        for row in shape:
            region = Region()
            region.parent = op
            op.regions.append(region)
            for arg_types, _ in row:
                block = region.add_block([types[t] for t in arg_types])
                blocks.append(block)
                values += block.args
    # Every definition is known now, also of later uses.
    inside = iter(operations)
    root = next(inside)
    starts = iter(blocks)
    for op, (_, operands, _, _, successors, shape) in zip(operations, rows):
        op.operands = [values[v] for v in operands]
        op.successors = [(blocks[block], [values[v] for v in args]) for block, args in successors]
        for row in shape:
            for _, count in row:
                block = next(starts)
                for _ in range(count):
                    block.append(next(inside))
    if next(inside, None) is not None:
        raise ValueError("an operation stands in no block")
    return root


def _revive(value: Any) -> Any:
    if type(value) is list:
        return tuple(map(_revive, value))
    if type(value) is dict:
        if "bits" in value:
            return struct.unpack(">d", bytes.fromhex(value["bits"]))[0]
        if "dense" in value:
            return Dense(bytes.fromhex(value["dense"]))
        return parse_type(value["type"])
    return value
