"""Running a program in LLVM IR: its branches, calls, and memory.

What instructions compute of values, somebody else says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.workshop.llvm.blocks import NULL, POISON, UNDEF, Choose, Memory, Undefined, size_of
from tern.workshop.llvm.reading import Function, Instruction, Operand

MAX_STEPS = 30_000

Compute = Callable[[Instruction, list[Any], Choose], Any]
"""What an instruction gives for the values of its operands: one without memory or control flow."""


class Run:
    """One run of a program.

    Attributes:
        functions: by name.
        compute: what instructions give: arithmetic, comparisons, casts, select, and freeze.
        choose: what undef and frozen values are.
    """

    def __init__(self, functions: dict[str, Function], compute: Compute, choose: Choose) -> None:
        self.functions, self.compute, self.choose = functions, compute, choose
        self.memory, self.steps = Memory(), 0

    def call(self, function: Function, arguments: Sequence[Any]) -> Any:
        """What a call gives; None of a function without a result.

        A noalias parameter keeps its promise, and what the function allocates is there, until it
        returns. Undefined where the program is; ValueError after MAX_STEPS instructions.
        """
        frame, promised, allocated = {}, [], []
        for (_, name), value in zip(function.parameters, arguments):
            if name in function.noalias and value not in (POISON, UNDEF):
                value = self.memory.promise(value)
                promised.append(value)
            frame[name] = value
        label, before = function.entry, ""
        while True:
            for each in self.after_phis(function.blocks[label], before, frame):
                if each.opcode == "br":
                    before, label = label, self.target(each, frame)
                    break
                if each.opcode == "ret":
                    result = self.value(each.operands[0], frame) if each.type != "void" else None
                    for pointer in allocated:
                        self.memory.free(pointer)
                    for pointer in promised:
                        self.memory.end(pointer)
                    return result
                frame[each.result] = self.step(each, frame)
                if each.opcode == "alloca":
                    allocated.append(frame[each.result])

    def after_phis(
        self, block: list[Instruction], before: str, frame: dict[str, Any]
    ) -> list[Instruction]:
        """The instructions of a block behind its phis, which have all been chosen at once."""
        phis = [each for each in block if each.opcode == "phi"]
        chosen = [each.operands[each.to.index(before)] for each in phis]
        frame.update(zip([phi.result for phi in phis], [self.value(v, frame) for v in chosen]))
        self.steps += len(block)
        if self.steps > MAX_STEPS:
            raise ValueError("the program runs for too long")
        return block[len(phis) :]

    def value(self, operand: Operand, frame: dict[str, Any]) -> Any:
        """What an operand is."""
        if operand.text.startswith("%"):
            return frame[operand.text]
        words = {"poison": POISON, "undef": UNDEF, "null": NULL, "true": 1, "false": 0}
        if operand.text in words:
            return words[operand.text]
        return int(operand.text) % (1 << int(operand.type[1:]))

    def target(self, branch: Instruction, frame: dict[str, Any]) -> str:
        """Where a branch goes: on poison or undef, that is undefined behavior."""
        if len(branch.operands) == 1:
            return branch.operands[0].text
        condition = self.value(branch.operands[0], frame)
        if condition in (POISON, UNDEF):
            raise Undefined(f"a branch on {condition}")
        return branch.operands[1 if condition else 2].text

    def step(self, each: Instruction, frame: dict[str, Any]) -> Any:
        """What an instruction in the middle of a block gives."""
        if each.opcode == "unreachable":
            raise Undefined("unreachable is reached")
        if each.opcode == "alloca":
            count = int(each.operands[1].text) if len(each.operands) > 1 else 1
            return self.memory.allocate(count * size_of(each.type))
        values = [self.value(operand, frame) for operand in each.operands if operand.text]
        match each.opcode:
            case "call":
                return self.call(self.functions[str(each.to)], values)
            case "store":
                return self.memory.store(each.type, *values)
            case "load":
                return self.memory.load(each.type, *values)
            case "getelementptr":
                return self.element(each, values)
        return self.compute(each, values, self.choose)

    def element(self, each: Instruction, values: list[Any]) -> Any:
        """getelementptr: the first index counts whole types, a second one the elements of an array.

        Poison of poison, and with `inbounds` if it leaves the block.
        """
        if POISON in values:
            return POISON
        pointer, *indices = [self.choose(64) if value == UNDEF else value for value in values]
        type, by = each.type, 0
        for operand, index in zip(each.operands[2:], indices):
            bits = int(operand.type[1:])
            by += (index - (index >> (bits - 1) << bits)) * size_of(type)
            type = type.rpartition(" ")[2].rstrip("]")  # of [4 x i32], the i32
        return self.memory.moved(pointer, by, "inbounds" in each.flags)
