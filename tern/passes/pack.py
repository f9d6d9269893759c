"""Packing: what a nest uses of a buffer, copied to where it is used in order.

A block of a large matrix lies in memory row by row, each row on another page. Copied once, it is
read many times from one place, and each vector comes right after the one before: no cache line is
loaded for a part of it, and no page is looked up twice. Source: K. Goto and R. van de Geijn,
"Anatomy of High-Performance Matrix Multiplication", TOMS 34(3), 2008. MLIR's pass
affine-data-copy-generate does the same on `affine`, without another order.
"""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.nests import NestError, induction_variable, outermost
from tern.ir import Block, Operation, Value, replace_uses
from tern.ir.dialects.affine import (
    Map,
    Row,
    access,
    lower_bound,
    merged,
    new_for,
    new_load,
    new_store,
    upper_bound,
)
from tern.types import MemRefType


def pack(buffer: Value, at: Operation, loops: Sequence[Operation]) -> Value:
    """Let the loop `at` and those inside it use a copy of what they use of a buffer, in place.

    The copy has the elements in the order in which `loops`, from the outside in, go through them;
    these are `at` or inside it. It is made right before `at`, and if something is stored to it,
    copied back right after. Loops over tiles leave room for whole tiles, so that `to_whole_tiles`
    may follow. Gives the new buffer, which the function allocates.

    Raises:
        NestError: the accesses to the buffer differ, or a loop has no extent that is known.
    """
    accesses = [
        op
        for op in at.walk()
        if op.name in ("affine.load", "affine.store") and access(op)[0] is buffer
    ]
    if not accesses or any(access(op) != access(accesses[0]) for op in accesses):
        raise NestError("only a buffer that is used in one way can be packed")
    _, operands, rows = access(accesses[0])
    extents = [_extent(loop) for loop in loops]
    if all(loop.attributes["step"] == 1 for loop in loops):
        shape = tuple(extents)
        place = [_offset(loop, 1) for loop in loops]
    else:
        shape, total = (_size(loops, extents),), []
        for loop, stride in zip(loops, _strides(loops, extents)):
            total.append(_offset(loop, stride))
        place = [_sum(total)]
    local = _allocate(at, MemRefType(shape, buffer.type.element))
    there, row_of = _rows(place)
    written = any(op.name == "affine.store" for op in accesses)
    for op in accesses:
        if op.name == "affine.load":
            new = new_load(local, there, row_of)
        else:
            new = new_store(op.operands[0], local, there, row_of)
        op.operands, op.attributes = new.operands, new.attributes
    block = at.parent
    source = (buffer, operands, rows), (local, there, row_of)
    block.insert(block.operations.index(at), _copy_nest(loops, *source))
    if written:
        block.insert(block.operations.index(at) + 1, _copy_nest(loops, *reversed(source)))
    return local


def to_whole_tiles(loop: Operation, packed: Sequence[Value]) -> None:
    """Let a loop over a tile go through all of it, even where the data end before, in place.

    Legal where all that depends on the loop's variable is in buffers that were packed: these have
    room for it. What is computed there from what happens to be there is never copied back.

    Raises:
        NestError: the loop uses another buffer.
    """
    variable = induction_variable(loop)
    for op in loop.walk():
        if op.name in ("affine.load", "affine.store") and variable in access(op)[1]:
            if access(op)[0] not in packed:
                raise NestError("beyond the end of a buffer that is not packed there is nothing")
    lower, extent = lower_bound(loop), _extent(loop)
    (row,) = lower[1]
    header = new_for(lower, (lower[0], [(*row[:-1], row[-1] + extent)]), loop.attributes["step"])
    loop.operands, loop.attributes = header.operands, header.attributes


# where an element is ----------------------------------------------------------------------------

_Terms = dict[Value | None, int]


def _extent(loop: Operation) -> int:
    """How far a loop's variable goes at most, in whole steps, from its lower bound."""
    below, (start, *more) = lower_bound(loop)
    operands, ends = upper_bound(loop)
    first = {**dict(zip(below, start)), None: start[-1]}
    found = []
    for end in ends:
        last = {**dict(zip(operands, end)), None: end[-1]}
        way = {v: last.get(v, 0) - first.get(v, 0) for v in {*first, *last}}
        distance = way.pop(None)
        if not any(way.values()):
            found.append(distance)
    if more or not found or min(found) < 1:
        raise NestError("a loop has no extent that is known before it runs")
    step = loop.attributes["step"]
    return -(-min(found) // step) * step


def _size(loops: Sequence[Operation], extents: Sequence[int]) -> int:
    total = 1
    for loop, extent in zip(loops, extents):
        total *= extent // loop.attributes["step"]
    return total


def _strides(loops: Sequence[Operation], extents: Sequence[int]) -> list[int]:
    """How many elements on each loop's next iteration is, for each 1 that its variable goes."""
    strides = []
    for number, loop in enumerate(loops):
        inside = _size(loops[number + 1 :], extents[number + 1 :])
        if inside % loop.attributes["step"]:
            raise NestError("a loop's tiles hold no whole number of elements for each step")
        strides.append(inside // loop.attributes["step"])
    return strides


def _offset(loop: Operation, stride: int) -> _Terms:
    """How far a loop's variable is from its start, times a stride."""
    below, (start,) = lower_bound(loop)
    terms: _Terms = {induction_variable(loop): stride, None: -stride * start[-1]}
    for value, coefficient in zip(below, start):
        terms[value] = terms.get(value, 0) - stride * coefficient
    return terms


def _sum(parts: Sequence[_Terms]) -> _Terms:
    total: _Terms = {}
    for part in parts:
        for value, coefficient in part.items():
            total[value] = total.get(value, 0) + coefficient
    return total


def _rows(sums: Sequence[_Terms]) -> tuple[list[Value], Map]:
    values = list(dict.fromkeys(v for s in sums for v in s if v is not None))
    rows: list[Row] = [(*[s.get(v, 0) for v in values], s.get(None, 0)) for s in sums]
    return merged(values, rows)


def _allocate(at: Operation, type: MemRefType) -> Value:
    """A buffer of constant size, allocated where the function begins; in a parallel loop, of each
    iteration's own."""
    loop = outermost(at)
    block = loop.body.only_block if loop.name == "affine.parallel" else loop.parent
    return block.insert(0, Operation("memref.alloc", (), [type])).result


_Place = tuple[Value, Sequence[Value], Sequence[Row]]


def _copy_nest(loops: Sequence[Operation], source: _Place, target: _Place) -> Operation:
    """Loops as those given that copy an element from one place to another."""
    renamed: dict[Value, Value] = {}
    headers = []
    for loop in loops:
        header = new_for(lower_bound(loop), upper_bound(loop), loop.attributes["step"])
        header.location = loop.location
        renamed[induction_variable(loop)] = induction_variable(header)
        headers.append(header)
    for outer, inner in zip(headers, headers[1:]):
        outer.body.only_block.insert(0, inner)
    last: Block = headers[-1].body.only_block
    load = new_load(*source)
    last.insert(0, load)
    last.insert(1, new_store(load.result, *target))
    replace_uses(headers[0], renamed)
    return headers[0]
