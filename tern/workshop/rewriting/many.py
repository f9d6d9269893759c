"""Many rules, alike in their shapes, as a compiler that has grown for years would have them."""

from __future__ import annotations

import random

from tern.rewrite import Rule, rule
from tern.rewrite.samples import FLOAT_OPS, INTEGER_OPS


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
