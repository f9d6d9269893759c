"""Many rules, alike in their shapes, as a compiler that has grown for years would have them."""

from __future__ import annotations

import random

from tern.ir import Builder, Operation, Value, new_function
from tern.rewrite import Rule, rule
from tern.rewrite.samples import FLOAT_OPS, INTEGER_OPS, returning
from tern.types import f32, i32


def many_rules(count: int, seed: int = 0) -> list[Rule]:
    """So many different rules of two or three operations each, of random benefits. They are made to
    be matched, and not to be right."""
    chance = random.Random(seed)
    found: dict[str, Rule] = {}
    while len(found) < count:
        ops, numbers = chance.choice(
            ((INTEGER_OPS[:5], "0 1 2 ones".split()), (FLOAT_OPS[:4], "0.0 1.0 2.0".split()))
        )
        outer, inner, other = (chance.choice(ops) for _ in range(3))
        number = chance.choice([*numbers, "C", "y", "x"])
        text = chance.choice(
            (
                f"{outer}({inner}(x, {number}), y) -> x",
                f"{outer}(y, {inner}(x, {number})) -> x",
                f"{outer}({inner}(x, y), {other}(x, {number})) -> x",
                f"{outer}({inner}({other}(x, {number}), y), x) -> x",
                f"{outer}({inner}(x, {number}), {chance.choice(numbers)}) -> x",
            )
        )
        found.setdefault(text, rule(f"rule-{len(found)}", text, chance.randint(1, 3)))
    return list(found.values())


def program_for_many(chance: random.Random, operations: int) -> Operation:
    """A module of one function of i32 and f32 in which `many_rules` find something: of the same
    operations and numbers, each on two of the last four values of its type."""
    func = new_function("f", (i32, i32, f32, f32), ())
    builder, block = Builder(func.body.blocks[0]), func.body.blocks[0]
    kinds = (
        (i32, INTEGER_OPS[:5], (0, 1, 2, -1), list[Value](block.args[:2])),
        (f32, FLOAT_OPS[:4], (0.0, 1.0, 2.0), list[Value](block.args[2:])),
    )
    for _ in range(operations):
        type, names, numbers, values = chance.choice(kinds)
        pair = [
            builder.constant(chance.choice(numbers), type)
            if chance.random() < 0.25
            else chance.choice(values[-4:])
            for _ in range(2)
        ]
        values.append(builder.binary(f"arith.{chance.choice(names)}", *pair))
    return returning(func, [values[-1] for _, _, _, values in kinds])
