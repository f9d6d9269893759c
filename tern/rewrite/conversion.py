"""Dialect conversion: from operations and types that a target lacks to those that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tern.errors import TernError
from tern.ir import (
    Block,
    Operation,
    OpResult,
    Value,
    uses,
)
from tern.parts import part
from tern.rewrite.writer import Writer, same
from tern.types import Type

CAST = "builtin.unrealized_conversion_cast"
"""Stands between a value and one who asks for it in another type, until somebody says how."""
MAX_DEPTH = 16
"""How often what a pattern made may be converted again."""


class ConversionError(TernError, ValueError):
    """A conversion fails: an operation, or a type, that nobody can convert."""


@dataclass(frozen=True, repr=False)
class Conversion:
    """What there may be after a conversion, and how the rest becomes that.

    Attributes:
        name: what it is called.
        legal: whether an operation may stay as it is; None if that isn't known.
        type: the type that one becomes, itself if it may stay; None if it can't be converted.
        patterns: by an operation's name, what converts it: of the operation, its operands in their
            new types, and a Converter, the values that take the place of its results, in theirs; or
            None, if it doesn't match.
        cast: the name of the operation that makes a value of one type one of another; "" if none
            does. Such casts may be left, whatever `legal` says.
        full: whether all that is left must be known to be legal, not only not illegal.
    """

    name: str
    legal: Callable[[Operation], bool | None]
    type: Callable[[Type], Type | None]
    patterns: Mapping[str, Pattern]
    cast: Callable[[Type, Type], str] = lambda old, new: ""
    full: bool = False

    def __repr__(self) -> str:
        return f"<conversion {self.name}>"


class Converter(Writer):
    """Writes a module so that all of it is legal. ConversionError where that can't be done."""

    def __init__(self, conversion: Conversion) -> None:
        super().__init__()
        self.conversion = conversion
        self.casts: dict[Operation, None] = {}
        self.known: dict[tuple[Block, Value, Type], Value] = {}
        self.depth = 0  # how many patterns are at work, each on what another made

    def is_legal(self, op: Operation) -> bool:
        """Whether an operation may stay."""
        legal = self.conversion.legal(op)
        return not self.conversion.full if legal is None else legal

    def type(self, type: Type) -> Type:
        """The type that one becomes."""
        new = self.conversion.type(type)
        if new is None:
            raise ConversionError(f"nothing converts the type {type}")
        return new

    def operand(self, value: Value, type: Type) -> Value:
        value = self.values.get(value, value)
        if value.type == type:
            return value
        if isinstance(value, OpResult) and value.op in self.casts:
            return self.operand(value.op.operands[0], type)  # there and back: nothing
        key = self.block, value, type
        if key not in self.known:
            op = self.block.append(Operation(CAST, [value], [type]))
            self.casts[op] = None
            self.known[key] = op.result
        return self.known[key]

    def convert(self, op: Operation) -> Sequence[Value]:
        if self.is_legal(op):
            return self.write(op)
        pattern = self.conversion.patterns.get(op.name)
        if pattern is None:
            raise ConversionError(f"{op.name} is not legal, and no pattern converts it")
        if self.depth == MAX_DEPTH:
            raise ConversionError(f"patterns convert what they made, again and again: {op.name}")
        operands = [self.operand(value, self.type(value.type)) for value in op.operands]
        self.depth += 1
        results = pattern(op, operands, self)
        self.depth -= 1
        if results is None:
            raise ConversionError(f"{op.name} is not legal, and its pattern does not match")
        return results

    def write(
        self,
        op: Operation,
        type: Callable[[Type], Type] = same,
        attributes: Mapping[str, Any] | None = None,
    ) -> list[OpResult]:
        results = super().write(op, type, attributes)
        if not self.is_legal(self.block.operations[-1]):
            raise ConversionError(f"{op.name} is not legal in its new types either")
        return results


def settle(casts: Sequence[Operation], module: Operation, conversion: Conversion) -> None:
    """Erase the casts that nobody uses, and say how the others convert. ConversionError."""
    used = uses(module)
    unused = {op for op in casts if op.result not in used}
    for block in {op.parent: None for op in unused if op.parent is not None}:
        block.operations = [op for op in block.operations if op not in unused]
    for op in [op for op in casts if op not in unused]:
        old, new = op.operands[0].type, op.result.type
        op.name = conversion.cast(old, new) or CAST
        if op.name == CAST and conversion.full:
            raise ConversionError(f"a value of type {old} is used as {new}, and nothing casts it")


@part("rewrite.convert", helpers=(Converter, settle))
def convert(module: Operation, conversion: Conversion) -> str:
    """Convert all in a module that isn't legal, in place. Gives "", or what is in the way.

    The module itself stays, and `legal` isn't asked about it. Afterwards no operation in it is
    illegal, nor, if the conversion is full, one of which that isn't known: there it is converted as
    if it were illegal. An operation that may stay is as before, and takes operands of the types
    that it took. An illegal one is what its pattern makes of it; what a pattern makes is converted
    in turn, 16 times at most, one after the other. Where a value has another type than who uses it
    asks for, there is a cast, one for each block, value, and type: `conversion.cast` names the
    operation; where it names none, it stays a builtin.unrealized_conversion_cast, unless the
    conversion is full: then that is in the way. A value that is cast there and back is the value
    itself, and what nobody uses isn't cast.

    Blocks that control does not reach are not kept. If anything is in the way, the module stays
    exactly as it was.

    O(n) but for what patterns do. Source: MLIR, mlir/lib/Transforms/Utils/DialectConversion.cpp,
    where the same is done in place, with a list of what to undo.
    """
    converter = Converter(conversion)
    new = Operation("builtin.module")
    try:
        new.regions = [converter.region(region) for region in module.regions]
        settle([*converter.casts], new, conversion)
    except ConversionError as error:
        return str(error)
    module.regions = new.regions
    for region in module.regions:
        region.parent = module
    return ""


Pattern = Callable[[Operation, list[Value], Any], Sequence[Value] | None]
