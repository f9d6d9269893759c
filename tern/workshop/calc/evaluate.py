"""Evaluating a tree by walking over it."""

from __future__ import annotations

from collections.abc import Mapping

from tern.parts import part
from tern.workshop.calc.arithmetic import ARITHMETIC
from tern.workshop.calc.syntax import Tree


@part("workshop.calc.evaluate")
def evaluate(tree: Tree, values: Mapping[str, float]) -> float:
    """The value of a tree, with `values` for its variables. O(size).

    A tree may be 150 levels deep. Arithmetic is that of `ARITHMETIC`.

    Raises:
        KeyError: a variable has no value.
    """

    def value(node: Tree) -> float:
        if isinstance(node, str):
            return values[node]
        if not isinstance(node, tuple):
            return node
        if len(node) == 2:
            operation, operand = node
            return ARITHMETIC[operation](value(operand))
        operation, left, right = node
        return ARITHMETIC[operation](value(left), value(right))

    return value(tree)
