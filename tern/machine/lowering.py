"""From the IR to operations that processors have.

A processor's division does not say that it divided by zero the way tern does, and its shifts take
any number. So what tern defines and the processor does not is spelled out here: a division is a
**check**, then a division that cannot fail. Maximum is a comparison and a select, a multiplication
by 8 is a shift. What is left is close to the table of the machine, and every operation in it but
`check` and `call` only computes its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.errors import at
from tern.ir import Block, Operation, Value
from tern.ir.registry import DEFINITIONS
from tern.machine.description import Machine
from tern.machine.nodes import TYPES, Edge, Lowered, LoweredBlock, Node
from tern.machine.rules import COMMUTATIVE, RULES
from tern.targets.errors import EmitError
from tern.types import own_spelling


def type_name(value: Value) -> str:
    """The machine's name of a value's type. EmitError for a type that no register holds."""
    if value.type not in TYPES:
        raise EmitError(f"a value of type {own_spelling(value.type)} does not fit a register")
    return TYPES[value.type]


def lower(func: Operation, machine: Machine) -> Lowered:
    """A function in flat SSA form as operations of a machine. O(operations).

    Raises:
        EmitError: an operation or a type has no form; the location is the operation's.
    """
    return Lowering(func, machine).run()


class Lowering:
    """A function on its way; the rules add to it what each of its operations becomes."""

    def __init__(self, func: Operation, machine: Machine) -> None:
        self.func, self.machine = func, machine
        self.nodes: list[Node] = []
        self.number: dict[Value, int] = {}
        self.location: Any = None
        self.block = LoweredBlock()
        self.masks: dict[int, tuple[int, int]] = {}  # of x % 2**k the x, and 2**k - 1

    def run(self) -> Lowered:
        blocks = self.func.body.blocks
        order = {block: i for i, block in enumerate(blocks)}
        lowered = [self.arguments(block) for block in blocks]
        for block, self.block in zip(blocks, lowered):
            for op in block.operations:
                self.location = op.location
                with at(op.location):
                    self.operation(op, order)
        return Lowered(self.func.attributes["sym_name"], self.nodes, lowered)

    def arguments(self, block: Block) -> LoweredBlock:
        with at(self.func.location):
            numbers = [self.add("argument", (), type_name(arg)) for arg in block.args]
        self.number.update(zip(block.args, numbers))
        return LoweredBlock(numbers)

    def operation(self, op: Operation, order: dict[Block, int]) -> None:
        if op.name in ("cf.br", "cf.cond_br", "func.return"):
            self.block.uses = self.copied(op.operands)
            self.block.edges = tuple(
                Edge(order[to], self.copied(values)) for to, values in op.successors
            )
            return
        if op.name == "func.call":
            operands = self.copied(op.operands)
            types = [type_name(result) for result in op.results]
            call = self.emit(
                "call", operands, types[0] if types else "i32", op.attributes["callee"]
            )
            for i, (result, type) in enumerate(zip(op.results, types)):
                self.number[result] = self.emit("result", (call,), type, i)
            return
        operands = tuple(self.number[value] for value in op.operands)
        dialect, _, name = op.name.partition(".")
        rule = RULES.get(name) if dialect in ("arith", "math") else None
        if rule is None:
            raise EmitError(f"{op.name} has no form on this machine")
        (result,) = op.results
        if type_name(result) == "i1" and (bitwise := DEFINITIONS[op.name].on_bits):
            name = bitwise.partition(".")[2]
            rule = RULES[name]
        self.number[result] = rule(self, op, name, type_name(result), *operands)

    def copied(self, values: Sequence[Value]) -> tuple[int, ...]:
        """The numbers of values that will be copied from register to register. A constant is made
        anew right here, so that it takes up no register before."""
        numbers = []
        for value in values:
            node = self.nodes[self.number[value]]
            constant = node.operator.startswith("constant.")
            numbers.append(self.constant(node.value, node.type) if constant else self.number[value])
        return tuple(numbers)

    # building ---------------------------------------------------------------------------------

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
