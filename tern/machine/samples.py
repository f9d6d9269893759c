"""Random inputs for the back end's parts."""

from __future__ import annotations

import random
from typing import Any

from tern.machine.intervals import Ranges

_OPERATORS = ("addi", "addi", "addi", "subi", "muli", "shli", "andi", "xori")
_CONSTANTS = (0, 1, 2, 3, 5, 9, 100, -1, 5000, 2**31 - 1)


def random_tree(rng: random.Random, size: int, type: str = "i64") -> list[Any]:
    """A list of nodes as `select` takes it: one tree or several of about so many operations."""
    nodes: list[Any] = []
    open_nodes: list[int] = []

    def leaf() -> int:
        if rng.random() < 0.4:
            nodes.append((f"constant.{type}", (), rng.choice(_CONSTANTS)))
        else:
            nodes.append(("value", (), None))
        return len(nodes) - 1

    for _ in range(size):
        operands = []
        for _ in range(2):
            taken = open_nodes and rng.random() < 0.7
            operands.append(
                open_nodes.pop(-1 - rng.randrange(min(len(open_nodes), 3))) if taken else leaf()
            )
        nodes.append((f"{rng.choice(_OPERATORS)}.{type}", tuple(operands), None))
        open_nodes.append(len(nodes) - 1)
    return nodes


def deep_tree(rng: random.Random, size: int, type: str = "i64") -> list[Any]:
    """One tree that leans to one side, as deep as it is large."""
    nodes: list[Any] = [("value", (), None)]
    for _ in range(size):
        top = len(nodes) - 1
        if rng.random() < 0.3:
            nodes.append((f"constant.{type}", (), rng.choice(_CONSTANTS)))
        else:
            nodes.append(("value", (), None))
        operands = (top, top + 1) if rng.random() < 0.5 else (top + 1, top)
        nodes.append((f"{rng.choice(_OPERATORS)}.{type}", operands, None))
    return nodes


def random_blocks(rng: random.Random, count: int, values: int) -> list[list[Any]]:
    """Blocks of instructions `(writes, reads)` on so many values."""

    def some(most: int) -> tuple[int, ...]:
        return tuple(sorted({rng.randrange(values) for _ in range(rng.randint(0, most))}))

    return [[(some(1), some(2)) for _ in range(rng.randint(0, 4))] for _ in range(count)]


def random_moves(rng: random.Random, count: int) -> dict[int, int]:
    """Moves among a few registers: chains, fans, and cycles of every length."""
    targets = rng.sample(range(count + 3), count)
    if rng.random() < 0.5:  # mostly cycles
        sources = rng.sample(targets, count)
        return {
            to: source if rng.random() < 0.9 else rng.randrange(count + 3)
            for to, source in zip(targets, sources)
        }
    return {to: rng.randrange(count + 3) for to in targets}


Question = tuple[dict[int, Ranges], dict[int, int], dict[int, list[int]], dict[int, list[int]]]


def random_intervals(rng: random.Random, count: int, registers: int) -> Question:
    """What linear scan takes, of so many values: most are short and some long, as in programs, a
    third has holes, and what is used in deep loops weighs 10 or 100 times as much."""
    intervals: dict[int, Ranges] = {}
    weights: dict[int, int] = {}
    choices: dict[int, list[int]] = {}
    time = 1
    for value in range(count):
        time += 2 * rng.randint(0, 2)
        length = 2 * rng.choice((2, 4, 8, 16, 32, 64))
        end = time + length - 1
        if rng.random() < 0.3 and length > 6:
            first = time + 2 * rng.randint(1, length // 4)
            second = first + 2 * rng.randint(1, max(1, (end - first) // 4))
            intervals[value] = [(time, first), (second, max(end, second + 1))]
        else:
            intervals[value] = [(time, end)]
        weights[value] = rng.randint(2, 5) * 10 ** rng.choice((0, 0, 1, 1, 2))
        few = rng.random() < 0.15  # a call is in between
        choices[value] = list(range(registers // 2 if few else 0, registers))
    return intervals, weights, choices, {value: [] for value in intervals}
