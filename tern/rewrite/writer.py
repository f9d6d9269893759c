"""Writing a module anew, operation by operation, while the old one stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tern.ir import (
    Block,
    Operation,
    OpResult,
    Region,
    Value,
    control_flow_graph,
    postorder,
    reachable_blocks,
)
from tern.types import Type


def same(type: Type) -> Type:
    return type


class Writer:
    """Writes operations of an old module, and new ones, into the blocks of a new module.

    As it is, it makes a copy. Whoever wants something else gives `convert` and `operand` another
    meaning.

    Attributes:
        block: where operations are appended now.
        values: of each value of the old module that is written, the new one, maybe of another type.
        blocks: likewise, the blocks.
    """

    def __init__(self) -> None:
        self.block = Block()
        self.values: dict[Value, Value] = {}
        self.blocks: dict[Block, Block] = {}

    def operand(self, value: Value, type: Type) -> Value:
        """What a value of the old module is in the new one, or a new value, in a type that somebody
        asks for. Here it has that type."""
        return self.values.get(value, value)

    def convert(self, op: Operation) -> Sequence[Value]:
        """Write an operation of the old module, or a new one that is in no block. Gives what takes
        the place of its results."""
        return self.write(op)

    def write(
        self,
        op: Operation,
        type: Callable[[Type], Type] = same,
        attributes: Mapping[str, Any] | None = None,
    ) -> list[OpResult]:
        """Append an operation as it is, but for its types, which a function changes, and its
        attributes, if others are given; what is inside is converted. Gives its results."""
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
        self.block.append(new)
        return new.results

    def region(self, old: Region, type: Callable[[Type], Type] = same) -> Region:
        """A region written anew, whose blocks' arguments are of types that a function changes.

        Blocks that control does not reach are not written.
        """
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
    """The blocks that control reaches, each after those that dominate it: what a value is computed
    from comes before it."""
    if len(region.blocks) < 2 or region.parent is None:
        return dict.fromkeys(region.blocks)
    graph = control_flow_graph(region.parent)
    reachable = reachable_blocks(graph)
    order = [at for at in reversed(postorder(graph)) if at in reachable]
    return dict.fromkeys(region.blocks[at] for at in order)
