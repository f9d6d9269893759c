"""Computing at compile time what can be computed then."""

from __future__ import annotations

import math

from tern.parts import part
from tern.workshop.calc.arithmetic import ARITHMETIC
from tern.workshop.calc.postfix import compile_to_stack
from tern.workshop.calc.syntax import Tree


def _is(tree: Tree, number: float) -> bool:
    """Whether a tree is this number, of this sign: 0.0 is not -0.0."""
    return (
        isinstance(tree, float)
        and tree == number
        and math.copysign(1.0, tree) == math.copysign(1.0, number)
    )


def _simplified(operation: str, operands: list[Tree]) -> Tree:
    """An operation on folded operands, as small as it gets without changing any result."""
    if all(isinstance(operand, float) for operand in operands):
        return ARITHMETIC[operation](*operands)
    first, last = operands[0], operands[-1]
    if operation == "neg" and isinstance(first, tuple) and first[0] == "neg":
        return first[1]
    if operation in ("mul", "div") and _is(last, 1.0):
        return first
    if operation == "mul" and _is(first, 1.0):
        return last
    if (operation == "add" and _is(last, -0.0)) or (operation == "sub" and _is(last, 0.0)):
        return first
    if operation == "add" and _is(first, -0.0):
        return last
    return (operation, *operands)


@part("workshop.calc.fold", helpers=(_is, _simplified))
def fold(tree: Tree) -> Tree:
    """The tree with all that is known at compile time computed. O(size).

    An operation on numbers becomes its result. x * 1, 1 * x, x / 1, x - 0,
    x + -0, -0 + x, and -(-x) become x. Nothing else changes: x + 0, x * 0,
    x - x, and x / x, say, have other results for some doubles, infinity,
    NaN, and -0 among them. The new tree has the same value as the old one,
    bit for bit, whatever its variables are (a NaN may be another NaN). A
    tree may be 150 levels deep.
    """
    stack: list[Tree] = []
    for name, *argument in compile_to_stack(tree):
        if argument:
            stack.append(argument[0])
        else:
            count = 1 if name == "neg" else 2
            operands = stack[-count:]
            del stack[-count:]
            stack.append(_simplified(name, operands))
    return stack.pop()
