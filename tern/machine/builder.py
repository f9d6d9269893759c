"""Making operations of a machine, one after the other, at the end of a block."""

from __future__ import annotations

from typing import Any

from tern.machine.description import Machine
from tern.machine.nodes import LoweredBlock, Node

COMMUTATIVE = frozenset("addi muli andi ori xori addf mulf".split())


class NodeBuilder:
    """The operations of a function so far, and the block that is open.

    `masks` has for the number of x % 2**k those of x and of 2**k - 1.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.nodes: list[Node] = []
        self.block = LoweredBlock()
        self.location: Any = None
        self.masks: dict[int, tuple[int, int]] = {}

    def add(self, operator: str, operands: tuple[int, ...], type: str, value: Any = None) -> int:
        self.nodes.append(Node(operator, operands, type, value, self.location))
        return len(self.nodes) - 1

    def emit(self, operator: str, operands: tuple[int, ...], type: str, value: Any = None) -> int:
        """A new operation at the end of the block; its number."""
        number = self.add(operator, operands, type, value)
        self.block.nodes.append(number)
        return number

    def constant(self, value: int, type: str) -> int:
        return self.emit(f"constant.{type}", (), type, value)

    def binary(self, name: str, a: int, b: int) -> int:
        """An operation on two operands of one type; a constant is the second, if it may be."""
        type = self.nodes[a].type
        if name in COMMUTATIVE and self.known(a) is not None:
            a, b = b, a
        return self.emit(f"{name}.{type}", (a, b), type)

    def compare(self, predicate: str, a: int, b: int) -> int:
        type = self.nodes[a].type
        kind = "cmpf" if type in ("f32", "f64") else "cmpi"
        return self.emit(f"{kind}.{predicate}.{type}", (a, b), "i1")

    def select(self, condition: int, then: int, otherwise: int) -> int:
        type = self.nodes[then].type
        return self.emit(f"select.{type}", (condition, then, otherwise), type)

    def check(self, condition: int, message: str) -> None:
        """Go on only if the condition holds; else the program stops with this error."""
        self.emit("check", (condition,), "i1", message)

    def cast(self, name: str, a: int, type: str) -> int:
        return self.emit(f"{name}.{self.nodes[a].type}.{type}", (a,), type)

    def known(self, number: int) -> int | None:
        """The number of an integer constant; None for what is no constant."""
        node = self.nodes[number]
        return node.value if node.operator.startswith("constant.i") else None
