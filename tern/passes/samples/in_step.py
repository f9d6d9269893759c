"""Loops whose variables go in step, for value numbering to see, and others that only seem to."""

from __future__ import annotations

import random

from tern.ir import Builder, Operation, Value, new_function
from tern.types import i32


def loops_in_step(rng: random.Random) -> Operation:
    """A function of two integers in SSA form, with a few loops, one after another. It always ends,
    and doesn't fail.

    Each loop carries groups of two or three variables that start alike and step alike, so all of
    a group are equal each time around; the last of some groups steps otherwise, and is not.
    """
    func = new_function("in_step", [i32, i32], [i32])
    builder = Builder(func.body.blocks[0])
    total, by = func.body.blocks[0].args
    for _ in range(rng.randint(1, 3)):
        total = _loop(rng, func, builder, total, by)
    builder.ret([total])
    return func


def _loop(rng: random.Random, func: Operation, builder: Builder, start: Value, by: Value) -> Value:
    """One loop, from the builder's block, which goes on after it; a value that all its variables
    make."""
    sizes = [rng.randint(2, 3) for _ in range(rng.randint(1, 3))]
    zero, one = builder.constant(0, i32), builder.constant(1, i32)
    limit = builder.binary("arith.andi", start, builder.constant(3, i32))
    initial = [[rng.choice([start, by, one])] * size for size in sizes]
    header = func.body.add_block([i32] * (1 + sum(sizes)))
    body, after = func.body.add_block(), func.body.add_block()
    builder.br(header, [zero, *(value for group in initial for value in group)])

    builder.block = header
    counter, *variables = header.args
    builder.cond_br(builder.compare("slt", counter, limit), body, (), after)
    builder.block = body
    following = []
    partner: Value = counter
    for size in sizes:
        group, variables = variables[:size], variables[size:]
        name = rng.choice(["arith.addi", "arith.muli", "arith.subi", "arith.xori"])
        stray = rng.random() < 0.3
        for number, variable in enumerate(group):
            other = by if stray and number == size - 1 else partner
            following.append(builder.binary(name, variable, other))
        partner = group[0]
    builder.br(header, [builder.binary("arith.addi", counter, one), *following])

    builder.block = after
    total = by
    for variable in header.args[1:]:
        total = builder.binary(rng.choice(["arith.addi", "arith.xori"]), total, variable)
    return total
