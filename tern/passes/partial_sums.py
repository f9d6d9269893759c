"""Reductions by a fixed tree: partial sums of blocks, in parallel, and then the sum of these.

A sum that threads share depends on who came first, if each adds to it when it is done. Here each
block of iterations has a sum of its own, and in the end these are added up in their order. How
long a block is, the text says, and not how many threads there are: so the bits are the same for any
number of threads, and for one.
"""

from __future__ import annotations

from tern.analysis.dependence import dependences, reductions
from tern.analysis.nests import NestError, induction_variable
from tern.analysis.vectors import is_free
from tern.ir import DEFINITIONS, Block, Builder, Operation, Value, replace_uses
from tern.ir.dialects.affine import (
    access,
    lower_bound,
    new_for,
    new_load,
    new_store,
    upper_bound,
)
from tern.types import MemRefType, index


def partial_sums(loop: Operation, size: int) -> Operation:
    """Let an outermost loop sum up in blocks of `size` iterations, in place.

    What the loop carries may only be reductions to one element each, `x = x + …`, whose results may
    be combined in any order: of integers, of max and min, and of floats with the flag `reassoc`.
    Gives the loop over blocks, an affine.parallel, which is followed by one that adds up.

    Raises:
        NestError: the loop carries something else, or does not go from 0 up by 1.
    """
    if size < 1:
        raise NestError(f"a block of {size} iterations is none")
    sums = _sums(loop)
    block, here = loop.parent, loop.parent.operations.index(loop)
    before, after = Block(), Block()
    builder = Builder(before, loop.location)
    count = _count(builder, loop, size)
    above = ([], [(count,)]) if isinstance(count, int) else ([count], [(1, 0)])
    bounds = ([], [(0,)]), above
    over, last = [new_for(*bounds, location=loop.location) for _ in "ab"]
    over.name = "affine.parallel"
    number = induction_variable(over)
    inside = over.body.only_block
    inner = _of_block(loop, number, size)
    for accesses, combine in sums:
        name = combine.name.replace("sub", "add")  # what is subtracted is added up
        shape = (count,) if isinstance(count, int) else (None,)
        type = MemRefType(shape, combine.result.type)
        partial = builder.op("memref.alloc", above[0], [type]).result
        start = Block()
        neutral = DEFINITIONS[name].neutral
        assert neutral is not None
        zero = Builder(start, loop.location).constant(neutral(combine.result.type), type.element)
        start.append(new_store(zero, partial, [number], [(1, 0)]))
        inside.insert_all(0, start.operations)
        _add_up(last, partial, accesses[0], combine, name)
        for op in accesses:
            stores = op.name == "affine.store"
            new = (
                new_store(op.operands[0], partial, [number], [(1, 0)])
                if stores
                else new_load(partial, [number], [(1, 0)])
            )
            op.operands, op.attributes = new.operands, new.attributes
    inside.insert(len(inside.operations) - 1, inner)
    after.append(over)
    after.append(last)
    block.operations.remove(loop)
    block.insert_all(here, [*before.operations, *after.operations])
    return over


def _sums(loop: Operation) -> list[tuple[list[Operation], Operation]]:
    """The accesses of each element that the loop adds to, and the operation that does so."""
    if lower_bound(loop) != ([], ((0,),)) or loop.attributes["step"] != 1:
        raise NestError("the loop does not go from 0 up by 1")
    if len(upper_bound(loop)[1]) != 1:
        raise NestError("the loop has several bounds")
    combined = reductions(loop)
    found: dict[Operation, list[Operation]] = {}
    for op, combine in combined.items():
        if not access(op)[1]:  # of no loop's variable: one element
            found.setdefault(combine, []).append(op)
    fine = {op for ops in found.values() for op in ops}
    for each in dependences(loop):
        if each.vector[0] != 0 and not (each.reduction and each.source in fine):
            raise NestError(f"the loop carries the {each}")
    if not found:
        raise NestError("the loop adds up nothing")
    for combine in found:
        if not is_free(combine):
            raise NestError(f"{combine.name} adds up in order: without reassoc it must not change")
    places = [(access(ops[0])[0], access(ops[0])[2]) for ops in found.values()]
    if len(set(places)) != len(places):
        raise NestError("several sums go to one element")
    return [(ops, combine) for combine, ops in found.items()]


def _count(builder: Builder, loop: Operation, size: int) -> Value | int:
    """How many blocks there are: computed before the loop, if that is not known."""
    operands, ((*row, constant),) = upper_bound(loop)
    if not operands:
        return max(0, -(-constant // size))
    end = builder.constant(constant, index)
    for value, factor in zip(operands, row):
        term = builder.binary("arith.muli", value, builder.constant(factor, index))
        end = builder.binary("arith.addi", end, term)
    up = builder.binary("arith.addi", end, builder.constant(size - 1, index))
    return builder.binary("arith.divsi", up, builder.constant(size, index))


def _of_block(loop: Operation, number: Value, size: int) -> Operation:
    """The loop, from the first to the last iteration of a block."""
    operands, (row,) = upper_bound(loop)
    upper = [(size, *[0] * len(operands), size), (0, *row)]
    inner = new_for(([number], [(size, 0)]), ([number, *operands], upper), 1, loop.location)
    renamed = {induction_variable(loop): induction_variable(inner)}
    body = inner.body.only_block
    body.operations = []
    for op in loop.body.only_block.operations:
        body.append(op)
    replace_uses(inner, renamed)
    return inner


def _add_up(
    last: Operation, partial: Value, element: Operation, combine: Operation, name: str
) -> None:
    block, number = last.body.only_block, induction_variable(last)
    made = Block()
    total = made.append(new_load(*access(element))).result
    part = made.append(new_load(partial, [number], [(1, 0)])).result
    flags = {k: v for k, v in combine.attributes.items() if k == "fastmath"}
    both = Builder(made, last.location).op(name, [total, part], [total.type], flags).result
    made.append(new_store(both, *access(element)))
    block.insert_all(len(block.operations) - 1, made.operations)
