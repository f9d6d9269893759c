"""Evaluating a tree by walking over it."""

from __future__ import annotations

from collections.abc import Mapping

from tern.calc.arithmetic import ARITHMETIC
from tern.calc.syntax import Tree
from tern.parts import part


@part("calc.evaluate")
def evaluate(tree: Tree, values: Mapping[str, float]) -> float:
    """The value of a tree, with `values` for its variables. O(size).

    A tree may be 200 levels deep. Arithmetic is that of `ARITHMETIC`.

    Raises:
        KeyError: a variable has no value.
    """
    if isinstance(tree, tuple):
        operation, *operands = tree
        numbers = [evaluate(operand, values) for operand in operands]
        return ARITHMETIC[operation](*numbers)
    return values[tree] if isinstance(tree, str) else tree
