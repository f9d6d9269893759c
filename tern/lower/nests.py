"""The small pieces of a lowering: buffers, nests, loads and stores of views, sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.ir import Block, BlockArgument, Builder, Operation, OpResult, Value
from tern.ir.dialects.affine import LOADS, Row, new_for, new_load, new_store
from tern.lower.slots import Slot
from tern.lower.views import LoweringError, Size, View, identity
from tern.types import MemRefType, TensorType, Type, index

_LOADS = LOADS | {"memref.load"}

Index = Sequence[Value | None]
"""Where in a view: a value for each dimension, None for 0."""


class Nests:
    """Appends nests to the block of one function."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.builder = Builder(block)
        self.indices: dict[int, Value] = {}
        self.known_values: dict[Value, bool] = {}

    def append(self, op: Operation) -> Operation:
        op.location = self.builder.location
        return self.builder.block.append(op)

    # buffers ------------------------------------------------------------------------------

    def whole(self, buffer: Value) -> View:
        """All of a buffer as it is."""
        sizes: list[Size] = []
        for axis, size in enumerate(buffer.type.shape):
            if not isinstance(size, int):
                operands = [buffer, self.index(axis)]
                size = self.builder.op("memref.dim", operands, [index]).result
            sizes.append(size)
        return View(tuple(sizes), buffer=buffer, rows=identity(len(sizes)))

    def allocate(self, slot: Slot, sizes: tuple[Size, ...], element: Type) -> View:
        if slot.buffer is None:
            shape = tuple(size if isinstance(size, int) else None for size in sizes)
            unknown = [size for size in sizes if not isinstance(size, int)]
            type = MemRefType(shape, element)
            slot.buffer = self.builder.op("memref.alloc", unknown, [type]).result
        rows = identity(len(sizes)) if slot.rows is None else slot.rows
        return View(sizes, buffer=slot.buffer, rows=rows)

    def accumulator(self, out: View, slot: Slot, element: Type) -> View:
        """`out`, in a buffer that may be added to."""
        target = self.allocate(slot, out.sizes, element)
        if out.buffer is not target.buffer:
            self.copy(out, target)
        return target

    # sizes --------------------------------------------------------------------------------

    def index(self, number: int) -> Value:
        """An index constant, one for each number, at the top of the function."""
        if number not in self.indices:
            op = Operation("arith.constant", (), [index], {"value": number})
            self.indices[number] = self.block.insert(len(self.indices), op).result
        return self.indices[number]

    def value(self, size: Size) -> Value:
        return self.index(size) if isinstance(size, int) else size

    def add(self, *sizes: Size) -> Size:
        """The sum of sizes, the numbers of them added up now."""
        known = sum(size for size in sizes if isinstance(size, int))
        unknown = [size for size in sizes if not isinstance(size, int)]
        return self._combined("arith.addi", unknown, known, 0)

    def multiply(self, *sizes: Size) -> Size:
        known = 1
        for size in sizes:
            known *= size if isinstance(size, int) else 1
        unknown = [size for size in sizes if not isinstance(size, int)]
        return 0 if known == 0 else self._combined("arith.muli", unknown, known, 1)

    def _combined(self, name: str, unknown: list[Value], known: int, neutral: int) -> Size:
        if not unknown:
            return known
        values = unknown if known == neutral else [*unknown, self.index(known)]
        total = values[0]
        for value in values[1:]:
            total = self.builder.binary(name, total, value)
        return total

    def sizes(self, type: TensorType, given: Sequence[Value]) -> tuple[Size, ...]:
        """The sizes of a tensor type, the unknown ones from `given`."""
        unknown = iter(given)
        return tuple(size if isinstance(size, int) else next(unknown) for size in type.shape)

    # loops, loads, stores -----------------------------------------------------------------

    def nest(self, sizes: Sequence[Size], body: Callable[[list[Value | None]], None]) -> None:
        """Loops over an index space; `body` appends what they do, given the index. A size of 1
        needs no loop: its subscript is None, for 0."""
        outside, loops = self.builder.block, []
        at: list[Value | None] = [None] * len(sizes)
        for axis, size in enumerate(sizes):
            if size != 1:
                upper = ([], [(size,)]) if isinstance(size, int) else ([size], [(1, 0)])
                loop = self.append(new_for(([], [(0,)]), upper))
                self.builder.block = loop.body.blocks[0]
                self.builder.block.operations.clear()  # the yield, until all else is there
                at[axis] = self.builder.block.args[0]
                loops.append(loop)
        body(at)
        for loop in loops:
            loop.body.blocks[0].append(Operation("affine.yield"))
        self.builder.block = outside

    def load(self, view: View, at: Index) -> Value:
        """The element of a view at an index.

        Raises LoweringError for a tensor in which nothing was ever stored.
        """
        if view.value is not None:
            return view.value
        if view.buffer is None:
            raise LoweringError("a tensor.empty is read, which has no content")
        if self.is_affine(view, at):
            return self.append(new_load(view.buffer, *_subscripts(view, at))).result
        operands = [view.buffer, *self.computed_subscripts(view, at)]
        return self.builder.op("memref.load", operands, [view.buffer.type.element]).result

    def store(self, value: Value, view: View, at: Index) -> None:
        assert view.buffer is not None
        if self.is_affine(view, at):
            self.append(new_store(value, view.buffer, *_subscripts(view, at)))
        else:
            operands = [value, view.buffer, *self.computed_subscripts(view, at)]
            self.builder.op("memref.store", operands)

    def is_affine(self, view: View, at: Index) -> bool:
        """Whether the index and the view are of induction variables, and of values that are known
        before any loop runs. What was loaded is not: nobody can tell then whether it is inside of
        the buffer, and so memref.load and memref.store look each time."""
        return all(
            value is None or isinstance(value, BlockArgument) or self._is_known(value)
            for value in (*at, *view.symbols)
        )

    def _is_known(self, value: Value) -> bool:
        if value not in self.known_values:
            op = value.op if isinstance(value, OpResult) else None
            self.known_values[value] = op is None or (
                op.parent is self.block
                and op.name not in _LOADS
                and all(map(self._is_known, op.operands))
            )
        return self.known_values[value]

    def computed_subscripts(self, view: View, at: Index) -> list[Value]:
        """The subscripts in the view's buffer, computed: for where an index is any value."""
        values: list[Size] = [0 if value is None else value for value in at]
        subscripts = []
        for row in view.rows:
            terms = [
                self.multiply(coefficient, value)
                for coefficient, value in zip(row, [*values, *view.symbols])
            ]
            subscripts.append(self.value(self.add(*terms, row[-1])))
        return subscripts

    def copy(self, view: View, target: View) -> None:
        if view.value is None and view.buffer is None:
            return  # nothing was ever stored in it
        self.nest(view.sizes, lambda at: self.store(self.load(view, at), target, at))


def known(sizes: Sequence[Any]) -> Size:
    """Of sizes that are equal when the program runs, one that is known now if there is any, and
    else a value."""
    ordered = sorted(
        sizes, key=lambda size: (not isinstance(size, (int, Value)), isinstance(size, Value))
    )
    return ordered[0]


def _subscripts(view: View, at: Index) -> tuple[list[Value], list[Row]]:
    """The operands and rows of a load from, or a store to, a view's buffer."""
    moving = {axis: value for axis, value in enumerate(at) if value is not None}
    rank = len(at)
    rows = [(*[row[axis] for axis in moving], *row[rank:]) for row in view.rows]
    return [*moving.values(), *view.symbols], rows
