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
    Region,
    Value,
    control_flow_graph,
    postorder,
    reachable_blocks,
    uses,
)
from tern.parts import part
from tern.types import Type

CAST = "builtin.unrealized_conversion_cast"
"""Stands between a value and one who asks for it in another type, until somebody says how."""
MAX_DEPTH = 16
"""How often what a pattern made may be converted again."""


class ConversionError(TernError, ValueError):
    """A conversion fails: an operation, or a type, that nobody can convert."""


@dataclass(frozen=True)
class Conversion:
    """What there may be after a conversion, and how the rest becomes that.

    Attributes:
        name: what it is called.
        legal: whether an operation may stay as it is; None if that isn't known.
        type: the type that one becomes, itself if it may stay; None if it can't be converted.
        patterns: by an operation's name, what converts it: of the operation, its operands in their
            new types, and a Maker, the values that take the place of its results, in theirs; or
            None, if it doesn't match.
        cast: the operation that makes a value of one type one of another: its name; "" if none does.
        full: whether all that is left must be known to be legal, not only not illegal.
    """

    name: str
    legal: Callable[[Operation], bool | None]
    type: Callable[[Type], Type | None]
    patterns: Mapping[str, Pattern]
    cast: Callable[[Type, Type], str] = lambda old, new: ""
    full: bool = False


class Converter:
    """Writes a module anew, operation by operation: the old one stays as it is.

    Attributes:
        block: where operations are appended now.
        values: of each value of the old module, the new one, maybe of another type.
        blocks: likewise, the blocks.
    """

    def __init__(self, conversion: Conversion) -> None:
        self.conversion = conversion
        self.block = Block()
        self.values: dict[Value, Value] = {}
        self.blocks: dict[Block, Block] = {}
        self.casts: dict[tuple[Block, Value, Type], Value] = {}
        self.depth = 0  # how many patterns are at work, each on what another made

    def is_legal(self, op: Operation) -> bool:
        """Whether an operation may stay."""
        legal = self.conversion.legal(op)
        return not self.conversion.full if legal is None else legal

    def type(self, type: Type) -> Type:
        """The type that one becomes. ConversionError."""
        new = self.conversion.type(type)
        if new is None:
            raise ConversionError(f"nothing converts the type {type}")
        return new

    def operand(self, value: Value, type: Type) -> Value:
        """A value of the old module, or a new one, in the type that somebody asks for."""
        value = self.values.get(value, value)
        if value.type == type:
            return value
        if isinstance(value, OpResult) and value.op.name == CAST:
            return self.operand(value.op.operands[0], type)  # there and back: nothing
        key = self.block, value, type
        if key not in self.casts:
            self.casts[key] = self.block.append(Operation(CAST, [value], [type])).result
        return self.casts[key]

    def convert(self, op: Operation) -> Sequence[Value]:
        """Write an operation, of the old module or a pattern's, so that it is legal. Gives what
        takes the place of its results."""
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
        type: Callable[[Type], Type] = lambda type: type,
        attributes: Mapping[str, Any] | None = None,
    ) -> list[OpResult]:
        """Write an operation with all inside it, its types as a function changes them."""
        operands = [self.operand(value, type(value.type)) for value in op.operands]
        results = [type(result.type) for result in op.results]
        new = Operation(op.name, operands, results, attributes or op.attributes)
        new.location = op.location
        for block, values in op.successors:
            target = self.blocks[block]
            given = [self.operand(value, arg.type) for value, arg in zip(values, target.args)]
            new.successors.append((target, given))
        for old in op.regions:
            new.regions.append(self.region(old, type))
            new.regions[-1].parent = new
        if not self.is_legal(new):
            raise ConversionError(f"{op.name} is not legal in its new types either")
        self.block.append(new)
        return new.results

    def region(self, old: Region, type: Callable[[Type], Type] = lambda type: type) -> Region:
        """A region written anew, with arguments of its blocks whose types a function changes."""
        new, around = Region(), self.block
        kept = reached(old)
        for block in [each for each in old.blocks if each in kept]:
            self.blocks[block] = twin = new.add_block(type(arg.type) for arg in block.args)
            self.values.update(zip(block.args, twin.args))
        for block in kept:
            self.block = self.blocks[block]
            for op in block.operations:
                self.values.update(zip(op.results, self.convert(op)))
        self.block = around
        return new


def reached(region: Region) -> dict[Block, None]:
    """The blocks that control reaches, each after one that dominates it: what a value is computed
    from comes before it."""
    if len(region.blocks) < 2 or region.parent is None:
        return dict.fromkeys(region.blocks)
    graph = control_flow_graph(region.parent)
    order = reversed(postorder(graph))
    reachable = reachable_blocks(graph)
    return dict.fromkeys(region.blocks[at] for at in order if at in reachable)


def settle_casts(module: Operation, conversion: Conversion) -> None:
    """Erase the casts that nobody uses, and say how the others convert. ConversionError."""
    casts = [op for op in module.walk() if op.name == CAST]
    used = uses(module)
    unused = {op for op in casts if op.result not in used}
    for block in {op.parent: None for op in unused if op.parent is not None}:
        block.operations = [op for op in block.operations if op not in unused]
    for op in casts:
        if op in unused:
            continue
        old, new = op.operands[0].type, op.result.type
        op.name = conversion.cast(old, new) or CAST
        if op.name == CAST and conversion.full:
            raise ConversionError(f"a value of type {old} is used as {new}, and nothing casts it")


@part("rewrite.convert", helpers=(Converter, reached, settle_casts))
def convert(module: Operation, conversion: Conversion) -> str:
    """Convert all in a module that isn't legal, in place. Gives "", or what is in the way.

    Afterwards no operation is left that is illegal, nor, if the conversion is full, one of which
    that isn't known. An operation that may stay is as before, and takes operands of the types that
    it took. An illegal one is what its pattern makes of it; what a pattern makes is converted in
    turn, 16 times at most, one after the other. Where a value has another type than who uses it
    asks for, there is a cast: `conversion.cast` names the operation; where it names none, a
    builtin.unrealized_conversion_cast, unless the conversion is full: then that is in the way. A
    value that is cast there and back is the value itself, and what nobody uses isn't cast.

    Blocks that control does not reach are not kept. If anything is in the way, the module stays
    exactly as it was.

    O(n) but for what patterns do. Source: MLIR, mlir/lib/Transforms/Utils/DialectConversion.cpp,
    where the same is done in place, with a list of what to undo.
    """
    converter = Converter(conversion)
    new = Operation("builtin.module")
    try:
        new.regions = [converter.region(region) for region in module.regions]
        settle_casts(new, conversion)
    except ConversionError as error:
        return str(error)
    module.regions = new.regions
    for region in module.regions:
        region.parent = module
    return ""


Pattern = Callable[[Operation, list[Value], Converter], Sequence[Value] | None]
