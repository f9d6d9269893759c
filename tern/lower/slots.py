"""Where results go: which values share a buffer with the one that is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tern.ir import Block, Operation, OpResult, Value, captured_values, uses
from tern.ir.dialects.affine import Map
from tern.ir.dialects.structures import STRUCTURED
from tern.lower.views import identity


class Slot:
    """The buffer that a value will be in: known from the start, or allocated when needed.

    `rows` say where in it, if not each element at its own index.
    """

    def __init__(self, buffer: Value | None = None, rows: Map | None = None) -> None:
        self.buffer = buffer
        self.rows = rows

    def expanded(self, op: Operation) -> Slot:
        """For what tensor.expand_shape expands by sizes of 1, the slot that its result has."""
        groups, shape = op.attributes["reassociation"], op.results[0].type.shape
        wide = [[axis for axis in group if shape[axis] != 1] for group in groups]
        if self.buffer is None or any(len(axes) > 1 for axes in wide):
            return Slot()
        rows = self.rows or identity(len(shape))
        kept = [axes[0] if axes else None for axes in wide]
        return Slot(
            self.buffer,
            tuple((*[0 if a is None else row[a] for a in kept], row[-1]) for row in rows),
        )


def continued(op: Operation) -> list[tuple[Value, OpResult]]:
    """The operands that an operation goes on from, each with the result that it becomes."""
    if op.name == "tensor.insert_slice":
        return [(op.operands[1], op.results[0])]
    if op.name not in STRUCTURED or op.name in _ONLY_SIZES:
        return []
    outs = op.operands[-len(op.results) :]
    if op.name != "linalg.generic":
        return list(zip(outs, op.results))
    args, read = op.body.blocks[0].args[-len(op.results) :], uses(op)
    return [pair for pair, arg in zip(zip(outs, op.results), args) if arg in read]


_ONLY_SIZES = frozenset({"linalg.fill", "linalg.transpose", "linalg.broadcast"})
"""Operations that take only the sizes of what they would go on from."""

_VIEWS = frozenset(
    """
    tensor.empty tensor.splat tensor.cast tensor.expand_shape tensor.collapse_shape
    tensor.extract_slice tensor.dim tensor.extract
    """.split()
)
"""Operations that need no buffer of their own, or get one only where they must."""


def slots_of(block: Block, results: Sequence[Slot]) -> dict[Value, Slot]:
    """The slot of each result that is computed into a buffer.

    Going backwards from the results that must be somewhere: a cast has the slot of what it
    casts, and what matmul or reduce adds to is in their own slot, if nobody else needs it.
    """
    slots: dict[Value, Slot] = {}
    for value, slot in zip(block.terminator.operands, results):
        slots.setdefault(value, slot)
    count = Counter(
        value for op in block.operations for value in (*op.operands, *captured_values(op))
    )
    for op in reversed(block.operations[:-1]):
        if op.name not in _ONLY_SIZES and op.name not in _VIEWS:
            for result in op.results:
                slots.setdefault(result, Slot())
        pairs = continued(op)
        if op.name == "tensor.cast":
            pairs = [(op.operands[0], op.results[0])]
        for operand, result in pairs:
            if result in slots and count[operand] == 1:
                slots.setdefault(operand, slots[result])
        result = op.results[0] if op.results else None
        if op.name == "tensor.expand_shape" and result in slots and count[op.operands[0]] == 1:
            slots.setdefault(op.operands[0], slots[result].expanded(op))
    return slots
