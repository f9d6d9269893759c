"""Dataflow problems to try a solver on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tern.analysis.dataflow import GenKill, Tables


def random_sets(rng: random.Random, blocks: int, facts: int) -> GenKill:
    """A problem on sets of `facts` facts, forward or backward, of which a block adds or forgets
    about one in four."""
    sparse = [rng.getrandbits(facts) & rng.getrandbits(facts) for _ in range(2 * blocks)]
    universe = (1 << facts) - 1
    must = rng.random() < 0.5
    return GenKill(
        sparse[:blocks], sparse[blocks:], universe, rng.random() < 0.5, must, rng.choice(sparse)
    )


def random_tables(rng: random.Random, blocks: int) -> Tables:
    """A problem on a small lattice with monotone transfer functions, which need not distribute
    over the meet: what two paths bring together may be less than what each brings alone."""
    meets = _shuffled(rng, _product(rng.choice(_LATTICES), rng.choice(_LATTICES)))
    facts = range(len(meets))
    above = [[b for b in facts if meets[a][b] == a] for a in facts]
    start = max(facts, key=lambda fact: sum(fact in up for up in above))

    def monotone() -> list[int]:
        """The greatest monotone function below one that is drawn at random."""
        drawn = [rng.choice((fact, rng.choice(facts), start)) for fact in facts]
        return [_meet_all(meets, [drawn[up] for up in above[fact]]) for fact in facts]

    kinds = [monotone() for _ in range(min(blocks, 8))]
    transfers = [rng.choice(kinds) for _ in range(blocks)]
    return Tables(meets, transfers, start, rng.choice(facts), rng.random() < 0.5)


def _meet_all(meets: Sequence[Sequence[int]], facts: Sequence[int]) -> int:
    met = facts[0]
    for fact in facts[1:]:
        met = meets[met][fact]
    return met


def _chain(height: int) -> list[list[int]]:
    """0 < 1 < …"""
    return [[min(a, b) for b in range(height)] for a in range(height)]


def _flat(numbers: int) -> list[list[int]]:
    """As for constants: 0 below `numbers` facts that say nothing of each other, and one above."""
    top = numbers + 1
    return [
        [a if a == b or b == top else b if a == top else 0 for b in range(top + 1)]
        for a in range(top + 1)
    ]


def _product(first: list[list[int]], second: list[list[int]]) -> list[list[int]]:
    """Pairs of facts, met one by one."""
    width = len(second)
    pairs = range(len(first) * width)
    return [
        [first[a // width][b // width] * width + second[a % width][b % width] for b in pairs]
        for a in pairs
    ]


def _shuffled(rng: random.Random, meets: list[list[int]]) -> list[list[int]]:
    """The same lattice under other numbers."""
    order = list(range(len(meets)))
    rng.shuffle(order)
    made = [[0] * len(meets) for _ in meets]
    for a, row in enumerate(meets):
        for b, met in enumerate(row):
            made[order[a]][order[b]] = order[met]
    return made


_LATTICES = [_chain(1), _chain(2), _chain(4), _flat(2), _flat(3)]
