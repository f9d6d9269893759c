"""From a block's operations to a forest of expression trees, which instruction selection covers.

A value that is used once, in the block that computes it, needs no register of its own if one
instruction can do both: it becomes an operand inside the tree of its user. Every other value is the
root of a tree, and a leaf `value` in the trees that use it. Constants are copied into every tree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tern.machine.nodes import Lowered, LoweredBlock

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
    growing = _Growing(lowered)
    for number, block in enumerate(lowered.blocks):
        growing.block(number, block)
    return growing.trees


class _Growing:
    """The forest so far; `place` says where in it an operation of the current block is."""

    def __init__(self, lowered: Lowered) -> None:
        self.nodes = lowered.nodes
        self.counts, self.copied = uses_of(lowered), _copied(lowered)
        self.trees = Forest([], [], [])
        self.number = 0
        self.place: dict[int, int] = {}

    def add(self, operator: str, operands: tuple[int, ...], value: Any, of: int) -> int:
        self.trees.nodes.append((operator, operands, value))
        self.trees.origin.append(of)
        self.trees.block.append(self.number)
        return len(self.trees.nodes) - 1

    def operand(self, of: int) -> int:
        """An operand in its user's tree: a constant, a tree inside, or a value from elsewhere."""
        node = self.nodes[of]
        if node.operator.startswith("constant."):
            return self.add(node.operator, (), node.value, of)
        if self.counts[of] == 1 and of in self.place and node.operator not in APART:
            return self.place[of]
        return self.add("value", (), None, of)

    def block(self, number: int, block: LoweredBlock) -> None:
        self.number, self.place = number, {}
        for of in block.nodes:
            node = self.nodes[of]
            constant = node.operator.startswith("constant.")
            if constant and of in self.copied:
                self.add(node.operator, (), node.value, of)
            elif node.operator == "call":
                self.add("call", (), None, of)
            elif node.operator == "check" or (
                self.counts[of] and not constant and node.operator != "result"
            ):
                operands = tuple([self.operand(each) for each in node.operands])
                self.place[of] = self.add(node.operator, operands, None, of)
        if len(block.edges) == 2:
            self.add("branch", (self.operand(block.uses[0]),), None, -1)


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
