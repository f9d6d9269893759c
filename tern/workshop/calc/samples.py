"""Random trees, to try things on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tern.workshop.calc.syntax import Tree

NUMBERS = (0.0, 1.0, 2.0, 3.0, 0.5, 10.0)


def random_tree(rng: random.Random, leaves: int, names: Sequence[str] = ("x", "y", "z")) -> Tree:
    """A tree of so many numbers and names. It is about 4 log(leaves) levels deep. O(leaves)."""
    if leaves <= 1:
        return rng.choice(names) if names and rng.random() < 0.6 else rng.choice(NUMBERS)
    if rng.random() < 0.1:
        return ("neg", random_tree(rng, leaves, names))
    left = rng.randrange(1, leaves)
    operation = rng.choice(("add", "sub", "mul", "div"))
    return (operation, random_tree(rng, left, names), random_tree(rng, leaves - left, names))
