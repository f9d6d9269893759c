"""From a block's operations to a forest of expression trees, which instruction selection covers.

A value that is used once, in the block that computes it, needs no register of its own if one
instruction can do both: it becomes an operand inside the tree of its user. Every other value is the
root of a tree, and a leaf `value` in the trees that use it. Constants are copied into every tree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tern.machine.lowering import Lowered

EFFECTS = frozenset({"check", "call"})
APART = EFFECTS | {"argument", "result"}  # what never is inside a tree

TreeNode = tuple[str, tuple[int, ...], Any]
"""An operator, the numbers of its operands in the forest, which are smaller than its own, and the
number of a constant, else None."""


class Forest(NamedTuple):
    """The trees of a function, block by block, in the order in which they have to be computed.

    `nodes` is what selection sees. `origin` has for each of them the number of its operation in the
    function (of a leaf `value`, of the operation that computed it), and `block` its block's.
    """

    nodes: list[TreeNode]
    origin: list[int]
    block: list[int]


def uses_of(lowered: Lowered) -> list[int]:
    """How often each operation's result is used, by those whose own result is needed. O(n)."""
    counts = [0] * len(lowered.nodes)
    work: list[int] = []

    def use(number: int) -> None:
        counts[number] += 1
        if counts[number] == 1 and lowered.nodes[number].operator not in EFFECTS:
            work.append(number)

    for block in lowered.blocks:
        for number in (*block.uses, *(v for edge in block.edges for v in edge.values)):
            use(number)
        for number in block.nodes:
            if lowered.nodes[number].operator in EFFECTS:
                work.append(number)
    while work:
        for operand in lowered.nodes[work.pop()].operands:
            use(operand)
    return counts


def forest(lowered: Lowered) -> Forest:
    """The trees of a function. O(operations)."""
    counts = uses_of(lowered)
    copied = _copied(lowered)
    trees = Forest([], [], [])
    for number, block in enumerate(lowered.blocks):
        place: dict[int, int] = {}  # where in the forest an operation of this block is

        def add(operator: str, operands: tuple[int, ...], value: Any, of: int) -> int:
            trees.nodes.append((operator, operands, value))
            trees.origin.append(of)
            trees.block.append(number)
            return len(trees.nodes) - 1

        def operand(of: int) -> int:
            node = lowered.nodes[of]
            if node.operator.startswith("constant."):
                return add(node.operator, (), node.value, of)
            if counts[of] == 1 and of in place and node.operator not in APART:
                return place[of]
            return add("value", (), None, of)

        for of in block.nodes:
            node = lowered.nodes[of]
            constant = node.operator.startswith("constant.")
            if constant and of in copied:
                add(node.operator, (), node.value, of)
            elif node.operator == "call":
                add("call", (), None, of)
            elif node.operator == "check" or (
                counts[of] and not constant and node.operator != "result"
            ):
                operands = tuple([operand(each) for each in node.operands])
                place[of] = add(node.operator, operands, None, of)
        if len(block.edges) == 2:
            add("branch", (operand(block.uses[0]),), None, -1)
    return trees


def _copied(lowered: Lowered) -> set[int]:
    """The values that are copied from register to register, as arguments or results."""
    found: set[int] = set()
    for block in lowered.blocks:
        found.update(value for edge in block.edges for value in edge.values)
        if len(block.edges) != 2:
            found.update(block.uses)
        for number in block.nodes:
            if lowered.nodes[number].operator == "call":
                found.update(lowered.nodes[number].operands)
    return found
