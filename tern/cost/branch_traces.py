"""Traces of branches: of tern programs as they run, and of programs that are made up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from tern.ir import Block, Operation, run


def branch_trace(
    module: Operation, name: str, *args: Any, max_steps: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The conditional branches of a call, in order: where each one is, and whether it was taken.

    Where: int64, the blocks that end in a cf.cond_br, numbered as they are first met. Taken: bool,
    whether the condition held. Errors are those of `tern.ir.run`; O(operations that run).
    """
    met: list[tuple[Block, bool]] = []
    run(module, name, *args, max_steps=max_steps, branches=met)
    numbers: dict[Block, int] = {}
    where = [numbers.setdefault(block, len(numbers)) for block, _ in met]
    return np.array(where, np.int64), np.array([taken for _, taken in met], np.bool_)


Branch = tuple[int, bool]


def made_trace(rng: random.Random, length: int = 30_000) -> tuple[np.ndarray, np.ndarray]:
    """The first `length` branches of a made-up program that does the same things over and over.

    It has what programs have: short loops, tests that nearly always go one way, tests that repeat a
    pattern, tests that follow from earlier ones, and a few that depend on the data and on nothing
    else. Where: int64, below 2**20. Taken: bool.
    """
    kinds = [_loop, _loop, _biased, _biased, _pattern, _correlated, _correlated, _coin]
    parts = [kind(rng) for kind in (*kinds, *rng.choices(kinds, k=4))]
    rng.shuffle(parts)
    found: list[Branch] = []
    while len(found) < length:
        for part in parts:
            part(found)
    where, taken = zip(*found[:length])
    return np.array(where, np.int64), np.array(taken, np.bool_)


def _loop(rng: random.Random) -> Callable[[list[Branch]], None]:
    """A loop of a few iterations, always as many, with a test in its body."""
    back, test = rng.sample(range(1 << 20), 2)
    trips, odd = rng.randint(2, 7), rng.random() < 0.5

    def run(found: list[Branch]) -> None:
        for k in range(trips):
            if odd:
                found.append((test, k % 2 == 1))
            found.append((back, k < trips - 1))

    return run


def _biased(rng: random.Random) -> Callable[[list[Branch]], None]:
    where, often = rng.randrange(1 << 20), rng.choice([0.02, 0.05, 0.95, 0.98])
    return lambda found: found.append((where, rng.random() < often))


def _pattern(rng: random.Random) -> Callable[[list[Branch]], None]:
    where, turn = rng.randrange(1 << 20), 0
    ways = [rng.random() < 0.5 for _ in range(rng.randint(2, 5))]

    def run(found: list[Branch]) -> None:
        nonlocal turn
        found.append((where, ways[turn % len(ways)]))
        turn += 1

    return run


def _correlated(rng: random.Random) -> Callable[[list[Branch]], None]:
    """Two tests, and a third one that asks for both, or for either."""
    first, second, third = rng.sample(range(1 << 20), 3)
    both = rng.random() < 0.5

    def run(found: list[Branch]) -> None:
        a, b = rng.random() < 0.5, rng.random() < 0.8
        found += [(first, a), (second, b), (third, a and b if both else a or b)]

    return run


def _coin(rng: random.Random) -> Callable[[list[Branch]], None]:
    where = rng.randrange(1 << 20)
    return lambda found: found.append((where, rng.random() < 0.5))
