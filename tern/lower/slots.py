"""Where results go: which values share a buffer with the one that is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tern.ir import Block, Operation, Value
from tern.ir.dialects.affine import Map
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


_IN_PLACE = frozenset({"linalg.matmul", "linalg.reduce"})


def slots_of(block: Block, results: Sequence[Slot]) -> dict[Value, Slot]:
    """The slot of each result that is computed into a buffer.

    Going backwards from the results that must be somewhere: a cast has the slot of what it
    casts, and what matmul or reduce adds to is in their own slot, if nobody else needs it.
    """
    slots: dict[Value, Slot] = {}
    for value, slot in zip(block.terminator.operands, results):
        slots.setdefault(value, slot)
    count = Counter(value for op in block.operations for value in op.operands)
    for op in reversed(block.operations[:-1]):
        for result in op.results:
            if op.name in _IN_PLACE or not op.name.startswith(("tensor.", "linalg.")):
                slots.setdefault(result, Slot())
            if op.name in (*_IN_PLACE, "tensor.cast") and result in slots:
                if count[op.operands[-1]] == 1:
                    slots.setdefault(op.operands[-1], slots[result])
            if op.name == "tensor.expand_shape" and result in slots and count[op.operands[0]] == 1:
                slots.setdefault(op.operands[0], slots[result].expanded(op))
    return slots
