"""Instruction selection: the cheapest cover of expression trees by the machine's patterns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tern.machine.description import Shape
from tern.parts import part

Tile = tuple[int, int]
"""The node where a pattern lies, and the number of the pattern."""


def match(shape: Shape, node: int, tree: Sequence[Any]) -> list[int] | None:
    """Where the shape's leaves `"reg"` lie if its root lies on the node; None if it doesn't fit.

    O(size of the shape).
    """
    leaves: list[int] = []
    work = [(shape, node)]
    while work:
        shape, node = work.pop()
        operator, operands, value = tree[node]
        if shape == "reg":
            leaves.append(node)
        elif shape[0] != operator:
            return None
        elif operator.startswith("constant."):
            if not shape[1] <= value <= shape[2]:
                return None
        else:
            work.extend(zip(reversed(shape[1:]), reversed(operands)))
    return leaves


@part("machine.select")
def select(tree: Sequence[Any], patterns: Sequence[tuple[Shape, int]]) -> list[Tile]:
    """The cheapest cover of a tree, or of several, as tiles `(node, pattern)`, operands first.

    `tree` lists nodes `(operator, operands, value)`. The operands are the numbers of nodes earlier
    in the list, and a node is the operand of one node at most. Those that are nobody's operand are
    roots. `patterns` lists pairs of a shape and its cost. A pattern computes the node it lies on
    from the nodes under its leaves "reg", each of which needs a tile of its own. Of covers that
    cost the same, any may come back.

    Dynamic programming, bottom up (Aho and Johnson, "Optimal Code Generation for Expression
    Trees", 1976): the cheapest way to compute a node needs the cheapest way for each leaf, which is
    known by then. O(nodes × patterns of one operator).

    Raises:
        ValueError: no pattern computes a node that needs one.
    """
    by_operator: dict[str, list[tuple[int, Shape, int]]] = {}
    for number, (shape, cost) in enumerate(patterns):
        by_operator.setdefault(shape[0], []).append((number, shape, cost))

    # 1. Up: each node's cheapest cover: its cost, the pattern on top, and that one's leaves.
    costs: list[float] = []
    choices: list[tuple[int, list[int]]] = []
    for node, (operator, _, _) in enumerate(tree):
        cheapest, choice = math.inf, (-1, [])
        for number, shape, cost in by_operator.get(operator, ()):
            leaves = match(shape, node, tree)
            if leaves is not None:
                total = cost + sum([costs[leaf] for leaf in leaves])
                if total < cheapest:
                    cheapest, choice = total, (number, leaves)
        costs.append(cheapest)
        choices.append(choice)

    # 2. Down: only what the roots need is computed.
    needed = [True] * len(tree)
    for _, operands, _ in tree:
        for operand in operands:
            needed[operand] = False
    tiles: list[Tile] = []
    for node in reversed(range(len(tree))):
        if needed[node]:
            number, leaves = choices[node]
            if number < 0:
                raise ValueError(f"no pattern computes {tree[node][0]}")
            tiles.append((node, number))
            for leaf in leaves:
                needed[leaf] = True
    tiles.reverse()
    return tiles
