"""From the IR to operations that processors have.

A processor's division does not say that it divided by zero the way tern does, and its shifts take
any number. So what tern defines and the processor does not is spelled out here: a division is a
**check**, then a division that cannot fail. Maximum is a comparison and a select, a multiplication
by 8 is a shift. What is left is close to the table of the machine, and every operation in it but
`check` and `call` only computes its result.
"""

from __future__ import annotations

from collections.abc import Sequence

from tern.errors import EmitError, at
from tern.ir import Block, Operation, Value
from tern.ir.registry import DEFINITIONS
from tern.machine.builder import NodeBuilder
from tern.machine.description import Machine
from tern.machine.nodes import TYPES, Edge, Lowered, LoweredBlock
from tern.machine.rules import RULES
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
    return _Lowering(func, machine).run()


class _Lowering(NodeBuilder):
    def __init__(self, func: Operation, machine: Machine) -> None:
        super().__init__(machine)
        self.func = func
        self.number: dict[Value, int] = {}

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
