"""Vectorization: an innermost loop that computes with several elements at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tern.analysis.nests import NestError, induction_variable, outermost, residue, whole_part
from tern.analysis.vectors import accumulations, vector_obstacle
from tern.ir import DEFINITIONS, Block, Builder, Operation, OpResult, Value
from tern.ir.dialects.affine import (
    access,
    lower_bound,
    new_for,
    new_load,
    new_store,
    new_vector_load,
    new_vector_store,
    upper_bound,
)
from tern.ir.dialects.vector import kind_of
from tern.types import MemRefType, Type, VectorType, index


def vectorize(loop: Operation, lanes: int) -> Operation:
    """Let an innermost loop run `lanes` iterations at once, in place; gives the loop.

    Each operation is done on vectors: loads and stores of neighbors, arithmetic lane by lane. What
    is the same in all iterations stays a number, and is broadcast where a vector needs it. A
    reduction adds up in a vector of its own, whose lanes are combined after the loop. Iterations
    that are left over from whole vectors get a loop of their own, as they were. More lanes than a
    register has are several registers, and so several accumulators of a reduction: the next sum
    need not wait for the one before.

    Raises:
        NestError: the loop cannot be vectorized; the line says why. Nothing is changed then.
    """
    if lanes < 1:
        raise NestError(f"a vector of {lanes} lanes is none")
    if why := vector_obstacle(loop, lanes):
        raise NestError(why)
    split(loop, lanes)
    _Vectors(loop, lanes).run()
    return loop


def vectorize_all(
    root: Operation, lanes_of: Callable[[Operation], int]
) -> list[tuple[Operation, str]]:
    """Vectorize every innermost loop inside `root` that can be, in place.

    `lanes_of` says how many lanes a loop gets; 0 leaves it as it is. Gives the loops that were not
    vectorized, each with the reason.
    """
    refused = []
    for loop in [op for op in root.walk() if op.name == "affine.for"]:
        if any(op.regions for op in loop.body.only_block.operations):
            continue
        try:
            if (lanes := lanes_of(loop)) > 1:
                vectorize(loop, lanes)
        except NestError as error:
            refused.append((loop, str(error)))
    return refused


# whole vectors, and what is left over ---------------------------------------------------------


def split(loop: Operation, size: int) -> Operation | None:
    """Leave to a loop as many iterations as make whole groups of `size`; a copy right after it has
    the others. Gives the copy; None if there are no others.

    NestError if the loop's bounds are neither constant, nor 0 and a size, nor those of a tile of
    whole groups.
    """
    lower, upper = lower_bound(loop), upper_bound(loop)
    if _is_whole(loop, size):
        return None
    if not lower[0] and not upper[0]:
        start, end = max(row[0] for row in lower[1]), min(row[0] for row in upper[1])
        end = max(start, end)
        middle: tuple[Sequence[Value], Sequence[tuple[int, ...]]]
        middle = [], [(end - (end - start) % size,)]
    elif lower == ([], ((0,),)) and upper[1] == ((1, 0),) and isinstance(upper[0][0], OpResult):
        middle = [_rounded_down(loop, upper[0][0], size)], [(1, 0)]
    else:
        raise NestError(f"the trip count is not known to be a multiple of {size}")
    rest = loop.clone()
    _set_bounds(rest, middle, upper)
    _set_bounds(loop, lower, middle)
    block = loop.parent
    block.insert(block.operations.index(loop) + 1, rest)
    return rest


def _is_whole(loop: Operation, size: int) -> bool:
    below, (start, *more) = lower_bound(loop)
    operands, ends = upper_bound(loop)
    first = None if more else residue(start, below, size, whole_part)
    return first is not None and all(
        residue(end, operands, size, whole_part) == first for end in ends
    )


def _rounded_down(loop: Operation, end: Value, size: int) -> Value:
    """`end - end rem size`, computed before the nest, once for each function."""
    outer = outermost(loop)
    block = outer.parent
    here = block.operations.index(outer)
    for op in block.operations[:here]:
        if op.name == "arith.subi" and op.operands[0] is end and whole_part(op.result, size) == 0:
            return op.result
    before = Block()
    builder = Builder(before, loop.location)
    left = builder.binary("arith.remsi", end, builder.constant(size, index))
    found = builder.binary("arith.subi", end, left)
    block.insert_all(here, before.operations)
    return found


def _set_bounds(
    loop: Operation,
    lower: tuple[Sequence[Value], Sequence[tuple[int, ...]]],
    upper: tuple[Sequence[Value], Sequence[tuple[int, ...]]],
) -> None:
    header = new_for(lower, upper, loop.attributes["step"])
    loop.operands, loop.attributes = header.operands, header.attributes


# the body -------------------------------------------------------------------------------------


class _Vectors:
    """The body of a loop, as it is done for all lanes."""

    def __init__(self, loop: Operation, lanes: int) -> None:
        self.loop, self.lanes = loop, lanes
        self.variable = induction_variable(loop)
        self.block = Block()
        self.vectors: dict[Value, Value] = {}  # of each number of the old body
        self.wide: dict[Value, Value] = {}  # of each number that is the same in all lanes
        self.slots: dict[Operation, Value] = {}  # the accumulator of each reduction

    def run(self) -> None:
        sums = accumulations(self.loop)
        for combine in dict.fromkeys(sums.values()):
            store = next(op for op, by in sums.items() if by is combine and not op.results)
            self.slots[combine] = self._accumulator(combine, store)
        body = self.loop.body.only_block
        *old, end = body.operations
        for op in old:
            if op in sums:
                self._accumulate(op, self.slots[sums[op]])
            else:
                self._operation(op)
        body.operations = []
        for op in (*self.block.operations, end):
            body.append(op)
        self.loop.attributes = {**self.loop.attributes, "step": self.lanes}

    def _type(self, type: Type) -> VectorType:
        return VectorType((self.lanes,), type)

    def _append(self, op: Operation, like: Operation) -> Operation:
        op.location = like.location
        return self.block.append(op)

    def _operation(self, op: Operation) -> None:
        if op.name == "affine.load" and self.variable in access(op)[1]:
            load = new_vector_load(self._type(op.result.type), *access(op))
            self.vectors[op.result] = self._append(load, op).result
        elif op.name == "affine.store":
            value = self._vector(op.operands[0], op)
            self._append(new_vector_store(value, *access(op)), op)
        elif not any(operand in self.vectors for operand in op.operands):
            self.block.append(op)  # the same in all lanes
        else:
            operands = [self._vector(operand, op) for operand in op.operands]
            types = [self._type(result.type) for result in op.results]
            made = self._append(Operation(op.name, operands, types, op.attributes), op)
            self.vectors.update(zip(op.results, made.results))

    def _vector(self, value: Value, user: Operation) -> Value:
        """A value of the old body as a vector, broadcast if it is the same in all lanes."""
        if value in self.vectors:
            return self.vectors[value]
        if value not in self.wide:
            type = self._type(value.type)
            if isinstance(value, OpResult) and value.op.name == "arith.constant":
                made = Operation("arith.constant", (), [type], value.op.attributes)
            else:
                made = Operation("vector.broadcast", [value], [type])
            self.wide[value] = self._append(made, user).result
        return self.wide[value]

    # reductions ---------------------------------------------------------------------------

    def _accumulator(self, combine: Operation, store: Operation) -> Value:
        """A variable of partial results, set before the loop, and added up after it."""
        element = combine.result.type
        type, block = self._type(element), self.loop.parent
        name = combine.name.replace("sub", "add")  # what is subtracted is added up
        neutral = DEFINITIONS[name].neutral
        assert neutral is not None
        before, after = Block(), Block()
        builder = Builder(before, store.location)
        slot = builder.op("memref.alloca", (), [MemRefType((), type)]).result
        first = builder.constant(neutral(element), type)
        before.append(new_store(first, slot, [], []))
        builder = Builder(after, store.location)
        lanes = after.append(new_load(slot, [], [])).result
        flags = {k: v for k, v in combine.attributes.items() if k == "fastmath"}
        kind = {"kind": kind_of(name), **flags}
        partial = builder.op("vector.reduction", [lanes], [element], kind).result
        old = after.append(new_load(*access(store))).result
        total = builder.op(name, [old, partial], [element], flags).result
        after.append(new_store(total, *access(store)))
        here = block.operations.index(self.loop)
        block.insert_all(here + 1, after.operations)
        block.insert_all(here, before.operations)
        return slot

    def _accumulate(self, op: Operation, slot: Value) -> None:
        if op.results:
            self.vectors[op.result] = self._append(new_load(slot, [], []), op).result
        else:
            self._append(new_store(self._vector(op.operands[0], op), slot, [], []), op)
